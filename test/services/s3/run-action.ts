import type { Access } from '../../../connector/access.ts';
import { actionOf, callOf, openBench, runToEnd } from '../../actions/harness.ts';

/** Runs an action of S3 to its end, without the engine. */
export async function runAction(
  access: Access,
  name: string,
  input: object,
  bench = openBench({ url: '', login: access }),
) {
  const action = await actionOf(`s3.${name}`);
  const { output } = await runToEnd(action, callOf(action, input), bench);
  return { output: output as Record<string, unknown>, bench };
}
