import type { RunOptions } from '../../actions/call.ts';
import type { ValidationError } from '../../connector/errors.ts';
import type { Action, CompiledSchema } from '../../connector/manifest.ts';
import { compileSchema } from '../../connector/schema.ts';
import { MAX_TIMEOUT_SECONDS } from '../process/time-limits.ts';

/** Of an action that ends with its first answer: waiting means nothing, so both choices are taken and change nothing. */
const PLAIN_OPTIONS: CompiledSchema = compileSchema({
  type: 'object',
  additionalProperties: false,
  properties: {
    wait_for_completion: { title: 'Wait for completion', type: 'boolean' },
    timeout_seconds: { title: 'Timeout (seconds)', type: 'integer', minimum: 1, maximum: MAX_TIMEOUT_SECONDS },
  },
});
const PLAIN_NAMES = ['wait_for_completion', 'timeout_seconds'];

/** The options of a run with their defaults. @throws ConnectorError ERR_INPUT_INVALID with pointers into the options */
export function checkOptions(action: Action, options: RunOptions | undefined): RunOptions {
  return (action.options ?? PLAIN_OPTIONS).check(options ?? {}, 'options') as RunOptions;
}

/** Validation errors of an input, where one that is an option of the run says so. Pointers are of the input. */
export function explainOptions({ manifest }: Action, errors: readonly ValidationError[]): ValidationError[] {
  const names = manifest.options === undefined ? PLAIN_NAMES : Object.keys(manifest.options.properties ?? {});
  const fields = Object.keys(manifest.input.properties ?? {});
  return errors.map((error) => {
    const name = error.pointer.slice(1);
    if (!names.includes(name) || fields.includes(name)) return error;
    const where = 'pass it in "options" next to "input" (on the command line: --option';
    return {
      pointer: error.pointer,
      message: `"${name}" is a run option, not a field of the input; ${where} ${name}=VALUE)`,
    };
  });
}
