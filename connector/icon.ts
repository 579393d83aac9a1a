/** An icon is a drawing of some lines; a longer one is a picture. */
const MAX_BYTES = 8 * 1024;

const ELEMENTS = new Set(
  'svg title desc g defs path rect circle ellipse line polyline polygon linearGradient radialGradient stop'.split(' '),
);
const ATTRIBUTES = new Set(
  `xmlns viewBox width height id d x y x1 y1 x2 y2 cx cy r rx ry fx fy points transform fill fill-rule fill-opacity clip-rule opacity
  stroke stroke-width stroke-linecap stroke-linejoin stroke-miterlimit stroke-dasharray stroke-dashoffset stroke-opacity
  offset stop-color stop-opacity gradientUnits gradientTransform spreadMethod`.split(/\s+/),
);
const TAG = /<(\/?)([a-zA-Z]+)((?:\s+[a-zA-Z0-9-]+="[^"<>&]*")*)\s?(\/?)>/y;
const ATTRIBUTE = /\s+([a-zA-Z0-9-]+)="([^"]*)"/gy;

/**
 * What keeps a text from being an icon; undefined when it is one. An icon is shown in pages of others, so it is an SVG of shapes only,
 * by a list of what may be in it: no scripts, styles, links, foreign content, entities or comments.
 */
export function iconError(svg: string): string | undefined {
  if (Buffer.byteLength(svg) > MAX_BYTES) return `has more than ${MAX_BYTES} bytes; simplify the drawing`;
  const text = svg.trim();
  const open: string[] = [];
  for (let at = 0; at < text.length; ) {
    const next = text.indexOf('<', at);
    const between = text.slice(at, next < 0 ? undefined : next);
    if (between.trim() !== '' && !['title', 'desc'].includes(open.at(-1) ?? '')) return textError(between);
    if (/[&>]/.test(between)) return textError(between);
    if (next < 0) break;
    TAG.lastIndex = next;
    const tag = TAG.exec(text);
    if (tag === null) return `has "${text.slice(next, next + 20)}"; only elements with plain attributes are allowed`;
    const [whole, isEnd, name = '', attributes = '', isEmpty] = tag;
    at = next + whole.length;
    if (isEnd === '/') {
      if (open.pop() !== name || attributes !== '') return `has </${name}> where another element is open`;
      if (open.length === 0 && at < text.length) return 'has something after </svg>; remove it';
      continue;
    }
    const wrong = elementError(name, attributes, open.length === 0);
    if (wrong !== undefined) return wrong;
    if (isEmpty !== '/') open.push(name);
    else if (open.length === 0) return 'is an empty <svg/>; draw something';
  }
  return text === '' || open.length > 0 ? 'is not a complete <svg> element' : undefined;
}

function elementError(name: string, attributes: string, isRoot: boolean): string | undefined {
  if (isRoot !== (name === 'svg')) return `has <${name}> where ${isRoot ? '<svg> must begin' : 'a shape must be'}`;
  if (!ELEMENTS.has(name)) return `has <${name}>; allowed are ${[...ELEMENTS].join(', ')}`;
  const found = new Map([...attributes.matchAll(ATTRIBUTE)].map(([, key, value]) => [key!, value!]));
  for (const [key, value] of found) {
    if (!ATTRIBUTES.has(key)) return `has the attribute "${key}" of <${name}>, which is not allowed; remove it`;
    if (/url\s*\(/i.test(value) && !/^url\(#[A-Za-z0-9_-]+\)$/.test(value))
      return `has ${key}="${value}"; only a gradient of its own is allowed, as url(#id)`;
  }
  if (!isRoot) return undefined;
  if (found.get('xmlns') !== 'http://www.w3.org/2000/svg') return 'needs xmlns="http://www.w3.org/2000/svg" in <svg>';
  return found.has('viewBox') ? undefined : 'needs a viewBox in <svg>, so that it fits any size';
}

function textError(text: string): string {
  return `has the text "${text.trim().slice(0, 20)}"; only <title> and <desc> contain text, without & and >`;
}
