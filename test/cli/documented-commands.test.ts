import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { COMMANDS, GROUPS } from '../../cli/commands.ts';
import { createProgram } from '../../cli/program.ts';
import type { Shell } from '../../cli/shell.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FENCE = /^ *```[a-z]*\n([\s\S]*?)^ *```/gm;
const COMMAND = /^ *(?:\$ )?(?:[A-Z_]+=\S+ +)*(?:npx )?penstock +(.*)$/;
/** Words of a shell: quoted parts may stand beside plain ones, as in '{"id": "'$ID'"}'. */
const WORD = /(?:'[^']*'|"[^"]*"|[^\s'"]+)+/g;

interface Documented {
  file: string;
  words: string[];
}

const documented: Documented[] = globSync('{README.md,docs/**/*.md}', { cwd: ROOT }).flatMap((file) =>
  [...readFileSync(ROOT + file, 'utf8').matchAll(FENCE)].flatMap(([, block]) =>
    block!
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .flatMap((line) => {
        const [, rest] = COMMAND.exec(line) ?? [];
        if (rest === undefined) return [];
        const words = rest.match(WORD) ?? [];
        const end = words.findIndex((word) => ['|', '>', '#', '&&'].includes(word));
        return [{ file, words: end === -1 ? words : words.slice(0, end) }];
      }),
  ),
);

test.each(documented.map((each) => ({ ...each, line: each.words.join(' ') })))(
  '$file: penstock $line',
  async ({ words }) => {
    const said: string[] = [];
    const stream = { write: (text: string) => said.push(text) };
    const shell = { env: {}, stdout: stream, stderr: stream } as unknown as Shell;
    const ran: string[] = [];
    const program = createProgram({ groups: GROUPS, commands: COMMANDS }, shell, async ({ usage }) => {
      ran.push(usage);
    });

    const outcome = await program
      .parseAsync(
        words.map((word) => word.replaceAll(/['"]/g, '')),
        { from: 'user' },
      )
      .then(
        () => 'ran',
        () => said.join(''),
      );

    expect({ outcome, ran }).toEqual({ outcome: 'ran', ran: [expect.any(String)] });
  },
);

test('the documentation has commands', () => {
  expect(documented.length).toBeGreaterThan(100);
});
