import type { Place } from './place.ts';

/** The limits that hold for a workspace when several accounts of a tenant, with limits of their own, are connected to it. */
export interface Strictest {
  /** What holds now that this place was asked for: of each limit the strictest that was asked for recently. */
  of(asked: Place): Place;
}

/** An account that was silent for this long no longer holds the others back. */
const ASKED_MS = 10_000;

/** Opens it with the first place; all are of one tenant and origin. */
export function createStrictest(first: Place, clock: { now(): number }): Strictest {
  let known = new Map([[nameOf(first), { place: first, until: clock.now() + ASKED_MS }]]);
  let holds = first;
  return {
    of(asked) {
      // Nearly always there is one account, or all have the same limits.
      if (known.size === 1 && isSame(asked, holds)) return holds;
      const now = clock.now();
      known.set(nameOf(asked), { place: asked, until: now + ASKED_MS });
      known = new Map([...known].filter(([, { until }]) => until > now));
      const places = [...known.values()].map(({ place }) => place);
      holds = {
        ...asked,
        perSecond: least(places.map(({ perSecond }) => perSecond)),
        concurrent: least(places.map(({ concurrent }) => concurrent)),
      };
      return holds;
    },
  };
}

function least(limits: (number | undefined)[]): number | undefined {
  const given = limits.filter((limit) => limit !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}

function isSame(one: Place, other: Place): boolean {
  return one.perSecond === other.perSecond && one.concurrent === other.concurrent;
}

function nameOf({ perSecond, concurrent }: Place): string {
  return `${perSecond}/${concurrent}`;
}
