import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/**
 * Words that are not used any more, and what to write instead. A pattern matches whole words, in text and in identifiers; it is
 * case-sensitive unless it says `i`. See docs/glossary.md.
 */
const RETIRED: readonly (readonly [RegExp, string])[] = [
  [/\banew\b/i, 'recreated, rewritten, start over, again'],
  [/\bnone any ?more\b/i, 'the old one stops working'],
  [/\bin[ -]hand\b|inHand|in_hand/i, 'in flight, active'],
  [/\bt(?:ake|akes|ook|aken|aking) (?:\w+ )?up\b|takeUp/, 'claim, resume'],
  [/\bput(?:s|ting)? (?:\w+ )?down\b|putDown/, 'park, yield'],
  [/\bcarr(?:y|ies|ied|ying) (?:\w+ )?on\b/i, 'execute, continue'],
  [/\b(?:go|goes|going|went|gone) on\b|goesOn|goingOn/i, 'continue'],
  [/\bHand\b|\bfenced?\b|\bLOST\b/, 'RunSession, fencingToken, LeaseLost'],
  [/\bsettl(?:e|es|ed|ing)\b/i, 'finalize'],
  [/\bmend(?:s|ed|ing)?\b/i, 'repair'],
  [/\blanes?\b|\blaned\b|Lanes?\b/, 'per-account backlog'],
  [/\brings?\b|\brung\b/, 'round robin, notify'],
  [/\badmit(?:s|ted)?\b|admitRuns/, 'admission window, guard'],
  [/\blets? (?:\w+ )?in\b/, 'admission window'],
  [/\bbeats?\b|[bB]eat[A-Z]|[a-z]Beats?\b|beating\b/, 'heartbeat'],
  [/\bbells?\b|Bell\b/, 'notifier'],
  [/\bheard\b/, 'on message'],
  [/Redis (?:is|was) (?:away|there|back|gone)|RedisAway|redis-away/i, 'Redis is unavailable, available'],
  [/\basked to be asked\b/i, 'throttled'],
  [
    /\bwhat to mend\b|\bhow (?:it|they|the \w+) (?:is|are) called\b|\bthis once\b/i,
    'reports problems, display name, shown only once',
  ],
  [/\bfares?\b/i, 'trigger health'],
  [/\bbec(?:a|o)mes? of\b/i, 'outcome, result'],
  [
    /\bwhere news\b|\bnews comes\b|\bfinds what is new\b|\blooks? for what is new\b/i,
    'data source, detects new records',
  ],
  [/\bwith everything there is\b|\bwhat comes from now on\b/i, 'from the beginning, from now on'],
  [/\bMOST_[A-Z]|"(?:Most|Fewest) [a-z]|'(?:Most|Fewest) [a-z]|\bfewest\b/, 'max, min'],
  [/\bby hand\b|by_hand|byHand/i, 'manual, manually'],
  [/\bsets? (?:\w+ )?aside\b|set_aside|setAside/i, 'dead-letter'],
  [/\bleast[ _-]?roles?\b/i, 'required role'],
  [/\bit is gone\.|\bthat the process lives\b/i, 'Deleted., Liveness probe.'],
  [/\bwhoever\b|\bfor ever\b|\bof late\b|\bwhatever it finds\b/i, 'callers, forever, recently, in any case'],
  [/\bstands? in the audit log\b/i, 'is recorded in the audit log'],
  [/\brun it for real\b|\blet a person decide\b/i, 'Deploy to production, Manual approvals'],
  [/event[ _-]?webhook/i, 'webhook endpoint'],
  [/\breceivers?\b/i, 'webhook endpoint'],
  [/\bhooks?\b/i, 'webhook endpoint, incoming webhook'],
  [/\bstretch(?:es)?\b/i, 'backfill, part'],
  [/ReplayBatch|\bReplaysPreview\b|\bbeginBatch\b/, 'BulkReplay'],
  [/\bbehind\b/i, 'after, before'],
  [/catalogue/i, 'connectors, manifests'],
  [/behaviour|colour|organis|neighbour|\bcancelled|licence|serialis/i, 'American spelling'],
];

/** Phrases that keep a retired word, with the reason. */
const ALLOWED: readonly (readonly [RegExp, string])[] = [
  [
    /behind (?:https|a proxy|a tls proxy|one proxy address|one, many)|nothing behind, and/i,
    'a position in the network',
  ],
  [/(?:leaves?|left|leaving|stays?) (?:\w+ )*behind/i, 'what remains'],
  [
    /clock (?:\w+ ){0,4}behind|behind ours|behind our back|so much behind its time|the lag behind/i,
    'a distance in time',
  ],
  [/(?:query|fields|state) behind/i, 'what implements something'],
  [
    /(?:connect\|)hooks\||\/?hooks\/|\/hooks?\b|hooks[\\.]+slack|Hook already exists|Push Hook|-hook\b|-hook-/,
    'URLs, and headers of other systems',
  ],
  [/'hook'/, 'stored: what signatures of URLs, and ids of runs, are made of'],
  [/hooks: \{ setCursor/, "uPlot's own term"],
  [/Fastify hook/, "Fastify's own term"],
  [/orders-hook/, 'the name of a workflow in the documentation'],
  [/\bcancelled|Cancelled|CANCELLED/, "Databricks' own spelling of states and messages"],
  [/take up to/, 'a limit, not a claim'],
  [/of late flights|of late\)/, 'what is late'],
  [
    /\blanes?\b(?=.*(?:P1|turn|wrap|round|lanes?\[|getBigUint64|seed))|const lane of|\blanes\[lane\].*/,
    'lanes of a 64-bit hash',
  ],
];

/** Not ours to word, or about the old words themselves. */
const EXEMPT =
  /^(?:CHANGELOG\.md|test\/words\.test\.ts|package-lock\.json|engine\/store\/(?:renamed-words|version-2-keys)\.ts|test\/engine\/store\/(?:dumps\/|upgrade)|emulator\/schema\/|manifests\/databricks\/operations\.json|client\/generated\/)/;
const TEXT = /\.(?:tsx?|mjs|lua|json|jsonc|md|yml|html)$|^Dockerfile$/;

const files = execFileSync('git', ['ls-files'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => TEXT.test(file) && !EXEMPT.test(file));

/** Whether a line may have a retired word: one look instead of one for each, since nearly none has. */
const EXACT = union(RETIRED.filter(([word]) => !word.ignoreCase));
const ANY_CASE = union(
  RETIRED.filter(([word]) => word.ignoreCase),
  'i',
);

function union(words: typeof RETIRED, flags = ''): RegExp {
  return new RegExp(words.map(([word]) => word.source).join('|'), flags);
}

/** `file:line: the word, and what to write`. */
function retiredIn(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, at) => {
      if (!EXACT.test(line) && !ANY_CASE.test(line)) return [];
      const text = ALLOWED.reduce(
        (rest, [phrase]) => rest.replaceAll(new RegExp(phrase, `${phrase.flags}g`), ''),
        line,
      );
      return RETIRED.flatMap(([word, instead]) => {
        const found = word.exec(text)?.[0];
        return found === undefined ? [] : [`${file}:${at + 1}: "${found}"; write ${instead}`];
      });
    });
}

test('no retired word is used', () => {
  const found = files.flatMap(retiredIn);

  expect(found).toEqual([]);
});
