import type { Json } from '../client.ts';
import { count } from '../confirm.ts';
import { note, print, type Shell } from '../shell.ts';
import { table, time } from '../table.ts';

/** Shows a person what the replay of one run would do. */
export function showReplay(shell: Shell, preview: Json): void {
  const { run, steps, version, input, delivery, repeats, confirm, replayed_by } = preview;
  const rows = (steps as Json[]).map((step) => [
    step.step ?? step.action,
    whatOf(step),
    step.effect,
    step.repeats,
    step.last_launch && `${step.last_launch.outcome} at ${time(step.last_launch.at)}`,
  ]);
  for (const line of table(shell, ['STEP', 'WHAT', 'EFFECT', 'REPEATS', 'LAST LAUNCH'], rows)) print(shell, line);
  print(shell, '');
  for (const line of [...versionLines(version), ...inputLines(input)]) print(shell, line);
  if (delivery !== undefined)
    print(
      shell,
      delivery.moves_cursor
        ? 'The events are delivered again, and the cursor moves when the replay succeeds.'
        : 'The events are delivered again. The cursor stays: it has moved since.',
    );
  if (replayed_by !== undefined) print(shell, `The run was already replayed by ${replayed_by}.`);
  print(shell, repeats === 0 ? 'No effects would be repeated.' : `${count(repeats, 'effect')} would be repeated.`);
  note(shell, `Replay exactly this with the same options and: npx penstock runs replay ${run} --confirm ${confirm}`);
}

function whatOf({ what, output_of, is_conditional, if_fails, on_failure }: Json): string {
  if (what === 'reuse') return `reuse output of ${output_of}`;
  if (on_failure === true) return 'run if the workflow fails';
  if (if_fails !== undefined) return `run if ${if_fails} fails`;
  return is_conditional === true ? 'run again if its condition holds' : 'run again';
}

function versionLines(version: Json | undefined): string[] {
  if (version === undefined || version.from === version.to) return [];
  const steps = (version.steps as Json[]).map(({ step, change, fields }) =>
    fields === undefined ? `${step} ${change}` : `${step} (${(fields as string[]).join(', ')})`,
  );
  const all = [...steps, ...(version.fields as string[])];
  return [
    `Version ${version.to} instead of ${version.from}; different: ${all.length === 0 ? 'nothing' : all.join(', ')}.`,
  ];
}

function inputLines(input: Json | undefined): string[] {
  if (input === undefined) return [];
  const places = (input.changes as Json[]).map(
    ({ pointer, change }) => `${pointer === '' ? 'all of it' : pointer} ${change}`,
  );
  if (places.length === 0) return ['The input is as recorded.'];
  return [`The input differs: ${places.join(', ')}${input.is_complete ? '' : ', …'}.`];
}
