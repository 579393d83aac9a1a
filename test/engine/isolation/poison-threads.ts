/** As poison.ts: the first expression that needs a thread kills the process that would start it. */
process.on('worker', () => process.kill(process.pid, 'SIGKILL'));
