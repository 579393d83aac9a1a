import { createEmulator, type Emulator } from 'emulate';
import { onTestFinished } from 'vitest';

export const TOKEN = 'xoxb-of-the-tests';

/** An imitation of Slack (`emulate`) of one test, with two people, three channels and a bot; `url` is its Web API. */
export async function openSlack(): Promise<{ url: string; origin: string; emulator: Emulator }> {
  const emulator = await createEmulator({
    service: 'slack',
    port: 0,
    seed: {
      tokens: { [TOKEN]: { login: 'admin', scopes: [] } },
      slack: { users: [{ name: 'ana', real_name: 'Ana', email: 'ana@example.com' }] },
    } as never,
  });
  onTestFinished(() => emulator.close());
  const origin = emulator.url.replace('localhost', '127.0.0.1');
  return { url: `${origin}/api`, origin, emulator };
}
