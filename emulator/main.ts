import { enableCompileCache } from 'node:module';

// A start costs half a second less when the compiled code of the one before is there.
enableCompileCache();
const { createEmulator } = await import('./server.ts');

const { EMULATOR_PORT, EMULATOR_TOKEN, EMULATOR_CLIENT_ID, EMULATOR_CLIENT_SECRET, EMULATOR_DATA, EMULATOR_STRICT } =
  process.env;
const port = Number(EMULATOR_PORT || 0);

try {
  const emulator = await createEmulator({
    port,
    // Databricks takes some seconds; a client must not take the earlier result for that of the repair.
    repairLagMs: 2_000,
    strict: EMULATOR_STRICT !== 'off',
    log: (line) => console.error(line),
    ...(!EMULATOR_TOKEN ? {} : { token: EMULATOR_TOKEN }),
    ...(!EMULATOR_CLIENT_ID ? {} : { clientId: EMULATOR_CLIENT_ID }),
    ...(!EMULATOR_CLIENT_SECRET ? {} : { clientSecret: EMULATOR_CLIENT_SECRET }),
    ...(!EMULATOR_DATA ? {} : { dataFolder: EMULATOR_DATA }),
  });
  console.log(emulator.url);
  const end = () => void emulator.close().then(() => process.exit(0));
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  // A parent that was killed takes its channel with it.
  if (process.connected) process.once('disconnect', end);
} catch (error) {
  const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  console.error(
    taken
      ? `Port ${port} is taken. Set EMULATOR_PORT to another one, or to 0 for any free one.`
      : `The emulator did not start: ${(error as Error).message}`,
  );
  process.exit(1);
}
