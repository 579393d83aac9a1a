/**
 * Kills processes at random while work is running, then compares what Penstock says with what came of it.
 * Run: main.ts [runs|sync] [--seed N] [--short] and the options of the one or the other; see runs.ts and sync.ts.
 */
const [first = 'runs'] = process.argv.slice(2);
const what = first.startsWith('-') ? 'runs' : first;
if (what === 'runs') await import('./runs.ts');
else if (what === 'sync') await import('./sync.ts');
else {
  console.error(`there is no chaos "${what}"; there are runs and sync`);
  process.exitCode = 1;
}
