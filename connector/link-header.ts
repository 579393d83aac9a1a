/** Longer ones are no list of links. */
const MAX_LENGTH = 16_384;

/** The target of the first link `rel="next"` of a `Link` header (RFC 8288), as it is written there; undefined without one. */
export function nextLink(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header.join(', ') : header;
  if (text === undefined || text.length > MAX_LENGTH) return undefined;
  for (const { target, parameters } of linksOf(text)) {
    const rel = parameters.find(([name]) => name === 'rel')?.[1] ?? '';
    if (rel.toLowerCase().split(/\s/).includes('next')) return target;
  }
  return undefined;
}

interface Link {
  target: string;
  parameters: [name: string, value: string][];
}

/** Read character by character: a comma or semicolon may be in a target or in quotes. */
function linksOf(text: string): Link[] {
  const links: Link[] = [];
  let at = 0;
  for (;;) {
    const start = text.indexOf('<', at);
    const end = start === -1 ? -1 : text.indexOf('>', start);
    if (end === -1) return links;
    const rest = readParameters(text, end + 1);
    links.push({ target: text.slice(start + 1, end), parameters: rest.parameters });
    at = rest.end;
  }
}

/** The parameters up to the comma that ends a link. */
function readParameters(text: string, from: number): { parameters: Link['parameters']; end: number } {
  const parameters: Link['parameters'] = [];
  let part = '';
  let isQuoted = false;
  let at = from;
  const close = () => {
    const equals = part.indexOf('=');
    if (equals > 0) parameters.push([part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1).trim()]);
    part = '';
  };
  for (; at < text.length; at += 1) {
    const character = text[at]!;
    if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && character === ',') break;
    else if (!isQuoted && character === ';') close();
    else part += character;
  }
  close();
  return { parameters, end: at };
}
