import { pointerOf } from '../../connector/json-pointer.ts';
import { formsOf, scrub } from './scrub.ts';
import type { SecretPlace } from './secret-places.ts';

/** The texts of a value that hold one of these secrets, in whatever form; each is shown without it, and sealed with no other. */
export function placesOfTexts(value: unknown, secrets: readonly string[]): Map<string, SecretPlace> {
  const places = new Map<string, SecretPlace>();
  const forms = formsOf(secrets);
  if (forms.length > 0) visit(value, []);
  return places;

  function visit(item: unknown, at: readonly string[]): void {
    if (typeof item === 'string') {
      if (!forms.some((form) => item.includes(form))) return;
      const credentials = secrets.filter((secret) => formsOf([secret]).some((form) => item.includes(form)));
      places.set(pointerOf(at), { shown: scrub(item, secrets), credentials });
    } else if (item !== null && typeof item === 'object') {
      for (const [name, inner] of Object.entries(item)) visit(inner, [...at, name]);
    }
  }
}
