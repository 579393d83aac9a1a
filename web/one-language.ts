import type { Plugin } from 'vite';

/** Messages of React Aria in other languages than that of the app. */
const OTHER_LANGUAGE = /\/react-(?:aria|stately|aria-components)\/dist\/.*\/(?!en-US\.)[a-z]{2}-[A-Z]{2}\.mjs$/;

/** Leaves out the 33 other languages of React Aria, which then takes the English messages: the app is in English. */
export function oneLanguage(): Plugin {
  return {
    name: 'one-language',
    enforce: 'pre',
    load: (id) => (OTHER_LANGUAGE.test(id) ? 'export default undefined;' : undefined),
  };
}
