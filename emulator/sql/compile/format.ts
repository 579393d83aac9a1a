import { SqlError, unsupported } from '../error.ts';

// Java's %s, %d, %5.2f, %x, %c and %%
function formatString(format: string, ...args: string[]): string {
  let next = 0;
  return format.replaceAll(
    /%(\d{1,3}\$)?([-+ 0,(#]{0,6})(\d{1,6})?(?:\.(\d{1,6}))?([a-zA-Z%])/g,
    (
      whole,
      position: string | undefined,
      flags: string,
      width: string | undefined,
      precision: string | undefined,
      kind: string,
    ) => {
      if (kind === '%') return '%';
      if (kind === 'n') return '\n';
      const index = position === undefined ? next++ : Number(position.slice(0, -1)) - 1;
      const value = args[index];
      if (value === undefined) throw new SqlError('INTERNAL_ERROR', 'XX000', `Format specifier '${whole}'.`);
      let text: string;
      switch (kind) {
        case 's':
          text = precision === undefined ? value : value.slice(0, Number(precision));
          break;
        case 'S':
          text = value.toUpperCase();
          break;
        case 'd':
          text = flags.includes(',') ? BigInt(value).toLocaleString('en-US') : value;
          break;
        case 'f':
          text = flags.includes(',')
            ? roundText(value, Number(precision ?? 6), 'half-up').replace(/^-?\d+/, (whole_) => grouped(whole_))
            : roundText(value, Number(precision ?? 6), 'half-up');
          break;
        case 'b':
          text = value;
          break;
        case 'e':
          text = exponent(value, Number(precision ?? 6));
          break;
        case 'o':
          text = BigInt(value).toString(8);
          break;
        case 'x':
          text = BigInt(value).toString(16);
          break;
        case 'X':
          text = BigInt(value).toString(16).toUpperCase();
          break;
        default:
          throw unsupported(`%${kind} in format_string`);
      }
      if (flags.includes('+') && kind !== 's' && !text.startsWith('-')) text = `+${text}`;
      const size = Number(width ?? 0);
      if (flags.includes('-')) return text.padEnd(size);
      if (flags.includes('0') && kind !== 's')
        return text.startsWith('-') || text.startsWith('+')
          ? (text[0] as string) + text.slice(1).padStart(size - 1, '0')
          : text.padStart(size, '0');
      return text.padStart(size);
    },
  );
}

// 12345.678 as 1.234568e+04: half up on the decimal digits
function exponent(value: string, places: number): string {
  const size = Math.abs(Number(value));
  let power = size === 0 ? 0 : Math.floor(Math.log10(size));
  const [digits = '', tens = '0'] = value.split(/e/i);
  const shift = (by: number) => roundText(`${digits}e${Number(tens) - by}`, places, 'half-up');
  let text = shift(power);
  if (Math.abs(Number(text)) >= 10) text = shift(++power);
  return `${text}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** A decimal text rounded to places: half up as Java's Formatter does, or half even as DecimalFormat. */
function roundText(text: string, places: number, mode: 'half-up' | 'half-even'): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) return text;
  const [, sign = '', whole = '0', fraction = '', exponent = '0'] = match;
  const scale = fraction.length - Number(exponent);
  let digits = BigInt(whole + fraction) * (scale < 0 ? 10n ** BigInt(-scale) : 1n);
  const drop = Math.max(scale, 0) - places;
  if (drop > 0) {
    const unit = 10n ** BigInt(drop);
    const rest = digits % unit;
    digits /= unit;
    const up = rest * 2n > unit || (rest * 2n === unit && (mode === 'half-up' || digits % 2n === 1n));
    if (up) digits += 1n;
  } else digits *= 10n ** BigInt(-drop);
  const shown = digits.toString().padStart(places + 1, '0');
  const made = places === 0 ? shown : `${shown.slice(0, -places)}.${shown.slice(-places)}`;
  return (/[1-9]/.test(made) ? sign : '') + made;
}

/** A whole number with a comma before every three digits. */
function grouped(whole: string): string {
  const sign = whole.startsWith('-') ? '-' : '';
  const digits = whole.slice(sign.length);
  const first = digits.length % 3 || 3;
  return [sign + digits.slice(0, first), ...(digits.slice(first).match(/\d{3}/g) ?? [])].join(',');
}

/** The parts of a pattern of DecimalFormat, one after the other; undefined when something else is left. */
function partsOf(format: string) {
  let at = 0;
  const next = (part: RegExp): string => {
    const [found = ''] = part.exec(format.slice(at)) ?? [];
    at += found.length;
    return found;
  };
  const prefix = next(/^[^#0,.;%]*/);
  const integer = next(/^[#,]*/) + next(/^[0,]*/);
  const hasPoint = next(/^\./) !== '';
  const fixed = hasPoint ? next(/^0*/) : '';
  const free = hasPoint ? next(/^#*/) : '';
  const suffix = next(/^[^#0,.;%]*/);
  return at === format.length ? { prefix, integer, fixed, free, suffix } : undefined;
}

/** format_number: a number of places, or a pattern of DecimalFormat such as `#,##0.00`. */
function formatNumber(value: string, format: string): string | null {
  if (['NaN', 'Infinity', '-Infinity'].includes(value)) return value.replace('Infinity', '\u221e');
  if (/^-?\d+$/.test(format)) {
    if (Number(format) < 0) return null;
    const [whole = '', fraction] = roundText(value, Number(format), 'half-even').split('.');
    return grouped(whole) + (fraction === undefined ? '' : `.${fraction}`);
  }
  const parts = partsOf(format);
  if (parts === undefined || /[';%\u2030\u00a4E]/.test(format.replace(/^[A-Z ]+/, '')))
    throw unsupported(`the number format '${format}'`);
  const { prefix, integer, fixed, free, suffix } = parts;
  const rounded = roundText(value, fixed.length + free.length, 'half-even');
  const negative = rounded.startsWith('-');
  let [whole = '', fraction = ''] = rounded.replace('-', '').split('.');
  while (fraction.length > fixed.length && fraction.endsWith('0')) fraction = fraction.slice(0, -1);
  whole = whole.replace(/^0+/, '').padStart((integer.match(/0/g) ?? []).length, '0');
  if (integer.includes(',')) whole = grouped(whole);
  const point = format.includes('.') && (fraction !== '' || (fixed === '' && free === '')) ? '.' : '';
  return `${negative ? '-' : ''}${prefix}${whole}${point}${fraction}${suffix}`;
}

/** Functions that format. */
export const FORMAT_UDFS: Record<string, (...args: string[]) => string | null | undefined> = {
  format_number: (value, format) => formatNumber(value as string, format as string),
  format_string: (format, ...args) => formatString(format as string, ...args),
};
