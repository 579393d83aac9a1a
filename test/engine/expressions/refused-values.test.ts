import { expect, test } from 'vitest';
import { doTask } from '../../../engine/expressions/batch.ts';

async function evaluate(source: string): Promise<unknown> {
  const answer = (await doTask({ evaluate: [source], scope: { steps: {} } })) as {
    values: unknown[];
    failure?: object;
  };
  return answer.failure === undefined ? answer.values[0] : answer.failure;
}

test.each<[source: string, message: string]>([
  ['$fromMillis(1e308)', '$fromMillis takes milliseconds since 1970'],
  ['$fromMillis(-1e308, "[Y]")', '$fromMillis takes milliseconds since 1970'],
  ['$fromMillis(8.64e15)', 'is the time in microseconds?'],
  ['$fromMillis(253402300800000)', 'the years 0000 to 9999'],
  ['$fromMillis(253402300799999, "[Y]", "+0100")', 'the years 0000 to 9999'],
  ['($x := 1e16; $x.$fromMillis())', 'the years 0000 to 9999'],
  ['[1e16].{"a": $fromMillis($)}', 'the years 0000 to 9999'],
  ['1e16 ~> $fromMillis', 'the years 0000 to 9999'],
  ['$fromMillis(0, "[H]", "Z")', '$fromMillis takes a time zone as an offset such as "+0100"'],
  ['$fromMillis(0, "[H]", "")', '$fromMillis takes a time zone'],
  ['$fromMillis(0, "[H]", "Europe/Berlin")', '$fromMillis takes a time zone'],
  ['$fromMillis(0, "[H]", "+01:00")', '$fromMillis takes a time zone'],
  ['$fromMillis(0, "[H]", "-0330")', 'west of UTC, it must be whole hours'],
  ['$now("[H]", "CET")', '$now takes a time zone'],
  ['$formatNumber(1e308, "#,##0.000")', '$formatNumber takes numbers below 1e18'],
  ['$formatNumber(-1e21, "0")', '$formatNumber takes numbers below 1e18'],
  ['$formatInteger(1e21, "#,##0")', '$formatInteger takes numbers below 1e21'],
  ['$formatInteger(-1e308, "w")', '$formatInteger takes numbers below 1e21'],
  ['$parseInteger("", "w")', '$parseInteger is given a text that does not fit the picture'],
  ['$parseInteger("qq", "I") > 1', '$parseInteger is given a text that does not fit the picture'],
  ['$toMillis("99999999999999", "[Y]")', '$toMillis is given a text that does not fit the picture'],
  ['$base64decode("@@@")', '$base64decode is given a text that is not base64'],
  ['$base64encode("5 €")', '$base64encode encodes characters up to U+00FF'],
])('%s is refused with what is allowed', async (source, message) => {
  expect(await evaluate(source)).toMatchObject({ code: 'VALUE', message: expect.stringContaining(message) });
});

test.each<[source: string, expected: unknown]>([
  ['$fromMillis(0)', '1970-01-01T00:00:00.000Z'],
  ['$fromMillis(253402300799999)', '9999-12-31T23:59:59.999Z'],
  ['$fromMillis(-62167219200000)', '0000-01-01T00:00:00.000Z'],
  ['$fromMillis(253402300799999, "[Y]", "-0100")', '9999'],
  ['$fromMillis(0, "[H01]:[m01]", "+0530")', '05:30'],
  ['$fromMillis(0, "[H01]:[m01]", "0530")', '05:30'],
  ['$fromMillis(0, "[H01]:[m01]", "-0500")', '19:00'],
  ['$fromMillis(nothing)', undefined],
  ['$now("[Y]") = $fromMillis($millis(), "[Y]")', true],
  ['$now() = $fromMillis($millis())', true],
  ['$length($now("[H01]", "+0100"))', 2],
  ['$formatNumber(1e17, "#,##0")', '100,000,000,000,000,000'],
  ['$formatNumber(1e300, "0.0e0")', '1.0e300'],
  ['$formatNumber(-0, "0")', '0'],
  ['$formatInteger(1e20, "0")', '100000000000000000000'],
  ['$parseInteger("12,345", "#,##0")', 12345],
  ['$toMillis("2020-01-01")', 1577836800000],
  ['$toMillis("2020", "[Y]-[M]")', undefined],
  ['$base64decode($base64encode("é?>"))', 'é?>'],
  ['$base64decode("4pyT_-A=")', 'â\u009c\u0093ÿà'],
  ['$split("a,b,c", ",", 1e308)', ['a', 'b', 'c']],
  ['$split("a,b,c", ",", 4294967297)', ['a', 'b', 'c']],
  ['$split("a,b,c", /,/, 2)', ['a', 'b']],
  ['$split("abc", "", 0)', []],
])('%s is as it was', async (source, expected) => {
  expect(await evaluate(source)).toEqual(expected);
});
