/** Longer than every known name and one typing error in three; comparing costs the product of both lengths. */
const MAX_LENGTH = 200;

/** The known names that a misspelled one may stand for, nearest first, three at most; none for a name over 200 characters. */
export function nearestNames(name: string, known: readonly string[]): string[] {
  if (name.length > MAX_LENGTH) return [];
  const plain = fold(name);
  const most = Math.max(2, Math.floor(plain.length / 3));
  return known
    .map((candidate) => ({ candidate, distance: distance(plain, fold(candidate)) }))
    .filter((near) => near.distance <= most)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map((near) => near.candidate);
}

/** The known ids that hold each word of an id after its service, in any order, five at most; none for an id over 200 characters. */
export function namesWithWordsOf(id: string, known: readonly string[]): string[] {
  if (id.length > MAX_LENGTH) return [];
  const wanted = wordsOf(id);
  if (wanted.length === 0) return [];
  return known
    .filter((candidate) => {
      const words = wordsOf(candidate);
      return wanted.every((word) => words.some((own) => own.startsWith(word.slice(0, 4))));
    })
    .slice(0, 5);
}

function wordsOf(id: string): string[] {
  const name = id.slice(id.lastIndexOf('.') + 1).toLowerCase();
  return name.split(/[^a-z]+/).filter((word) => word.length > 2);
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[-_. ]/g, '');
}

/** Levenshtein distance with one row of memory. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}
