/** Query strings are texts by name: `?account=123` is the account of that name and no number. */
export function parseSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search));
}

/** The query string of a search, without what is undefined or empty. */
export function stringifySearch(search: Record<string, unknown>): string {
  const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== null && value !== '');
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? '' : `?${text}`;
}

type Texts<Name extends string> = { [Each in Name]?: string };

/** `validateSearch` of a route: keeps these query parameters, each a text that may be left out. */
export function texts<Name extends string>(...names: Name[]): (raw: Record<string, unknown>) => Texts<Name> {
  return (raw) => {
    const kept: Texts<Name> = {};
    for (const name of names) if (typeof raw[name] === 'string' && raw[name] !== '') kept[name] = raw[name];
    return kept;
  };
}
