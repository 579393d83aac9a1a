// DuckDB's text of a large or small number as Java writes it
const JAVA_NUMBER = `CREATE OR REPLACE MACRO memory.main.java_number(t) AS
  CASE WHEN t IN ('inf', '-inf', 'nan') THEN replace(replace(t, 'inf', 'Infinity'), 'nan', 'NaN')
  ELSE memory.main.java_digits(
    CASE WHEN starts_with(t, '-') THEN '-' ELSE '' END,
    split_part(split_part(ltrim(t, '-'), 'e', 1), '.', 1),
    split_part(split_part(ltrim(t, '-'), 'e', 1), '.', 2),
    coalesce(TRY_CAST(split_part(t, 'e', 2) AS INTEGER), 0)) END`;

// sign, whole digits, fraction and exponent put together
const JAVA_DIGITS = `CREATE OR REPLACE MACRO memory.main.java_digits(sign, whole, fraction, exponent) AS
  CASE WHEN whole <> '0' THEN
    sign || left(whole, 1) || '.' || CASE WHEN rtrim(substring(whole, 2) || fraction, '0') = '' THEN '0' ELSE rtrim(substring(whole, 2) || fraction, '0') END
      || 'E' || CAST(exponent + length(whole) - 1 AS VARCHAR)
  ELSE
    sign || left(ltrim(fraction, '0'), 1) || '.' || CASE WHEN rtrim(substring(ltrim(fraction, '0'), 2), '0') = '' THEN '0' ELSE rtrim(substring(ltrim(fraction, '0'), 2), '0') END
      || 'E' || CAST(exponent - (length(fraction) - length(ltrim(fraction, '0')) + 1) AS VARCHAR)
  END`;

// text cells of CSV (RFC 4180)
const CSV_CELL = `CREATE OR REPLACE MACRO memory.main.csv_cell(t) AS
  CASE WHEN t = 'null' OR t = '' OR contains(t, ',') OR contains(t, '"') OR contains(t, chr(10)) OR contains(t, chr(13))
  THEN '"' || replace(t, '"', '""') || '"' ELSE t END`;

/** DuckDB macros that the writing of results needs, in the order in which they need each other. */
export const MACROS = [JAVA_DIGITS, JAVA_NUMBER, CSV_CELL];
