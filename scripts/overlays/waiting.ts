import type { JsonObject } from '../../connector/manifest.ts';

/** The run options of an action that can wait. Limits are in seconds. */
export function waiting(
  what: string,
  { wait = false, limit = 1200, most = 86_400 }: { wait?: boolean; limit?: number; most?: number } = {},
): JsonObject {
  return {
    type: 'object',
    additionalProperties: false,
    properties: {
      wait_for_completion: {
        title: 'Wait',
        description: `Waits until ${what}.`,
        type: 'boolean',
        default: wait,
      },
      timeout_seconds: {
        title: 'Timeout (seconds)',
        description: 'After this time, the run ends with ERR_TIMEOUT.',
        type: 'integer',
        minimum: 10,
        maximum: most,
        default: limit,
      },
    },
  };
}
