import { SqlError, unsupported } from '../error.ts';

/** The bytes of a text in a charset; UTF-16 begins with a mark, as Java writes it. */
export function encodeText(text: string, charset: string): Buffer {
  switch (charset) {
    case 'UTF-8':
      return Buffer.from(text);
    case 'US-ASCII':
    case 'ISO-8859-1':
      if ([...text].some((letter) => (letter.codePointAt(0) as number) > (charset === 'US-ASCII' ? 0x7f : 0xff)))
        throw malformed('encode', charset);
      return Buffer.from(text, 'latin1');
    case 'UTF-16LE':
      return Buffer.from(text, 'utf16le');
    case 'UTF-16BE':
      return Buffer.from(text, 'utf16le').swap16();
    case 'UTF-16':
      return Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(text, 'utf16le').swap16()]);
    default:
      throw unsupported(`the charset ${charset}`);
  }
}

/** The text that bytes hold in a charset. @throws SqlError MALFORMED_CHARACTER_CODING */
export function decodeBytes(bytes: Buffer, charset: string): string {
  const little = charset === 'UTF-16' && bytes[0] === 0xff && bytes[1] === 0xfe;
  const name =
    { 'US-ASCII': 'utf-8', 'UTF-16': little ? 'utf-16le' : 'utf-16be', 'UTF-32': '' }[charset] ?? charset.toLowerCase();
  if (name === '') throw unsupported(`the charset ${charset}`);
  if (charset === 'ISO-8859-1') return bytes.toString('latin1');
  if (charset === 'US-ASCII' && bytes.some((byte) => byte > 0x7f)) throw malformed('decode', charset);
  try {
    return new TextDecoder(name, { fatal: true, ignoreBOM: charset !== 'UTF-16' }).decode(bytes);
  } catch {
    throw malformed('decode', charset);
  }
}

/** The bytes that a text stands for: `hex`, `base64` or `utf-8`; undefined when it is none. */
export function toBinary(text: string, format: string): Buffer | undefined {
  if (format === 'utf-8' || format === 'utf8') return Buffer.from(text);
  if (format === 'hex')
    return /^[0-9a-f]*$/i.test(text) ? Buffer.from(text.length % 2 === 1 ? `0${text}` : text, 'hex') : undefined;
  const bare = text.replaceAll(/\s/g, '');
  return /^[A-Za-z0-9+/]*={0,2}$/.test(bare) && bare.length % 4 === 0 ? Buffer.from(bare, 'base64') : undefined;
}

/** The error for text that is not of the format. */
export function notBinary(text: string, format: string): SqlError {
  return new SqlError(
    'CONVERSION_INVALID_INPUT',
    '22018',
    `The value '${text}' (${format.toUpperCase()}) cannot be converted to "BINARY" because it is malformed. Correct the value as per the syntax, or change its format. Use \`try_to_binary\` to tolerate malformed input and return NULL instead.`,
  );
}

function malformed(name: string, charset: string): SqlError {
  return new SqlError(
    'MALFORMED_CHARACTER_CODING',
    '22000',
    `Invalid value found when performing \`${name}\` with ${charset}.`,
  );
}
