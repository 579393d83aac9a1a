/** Percent-encodes a text as Signature Version 4 writes it. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The parameters of a query, each encoded, in their order. */
export function encodeQuery(query: Readonly<Record<string, string | string[] | null | undefined>>): string {
  return Object.entries(query)
    .flatMap(([name, value]) =>
      [value].flat().map((each) => (each == null ? encode(name) : `${encode(name)}=${encode(each)}`)),
    )
    .join('&');
}
