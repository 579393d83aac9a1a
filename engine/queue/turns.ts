/**
 * Turns at the event loop of one process. A tenant's flood waits here instead of making each turn of the loop longer for everybody: while
 * another tenant is active in the process, few of its requests and runs are executed at once, in the order of their arrival.
 */
export interface Turns {
  /** Executes `work` in a turn of the tenant: at once while it has few, else in the order of arrival. */
  take<T>(kind: TurnKind, tenant: string, work: (turn: Turn) => Promise<T>): Promise<T>;
}

/** One turn, held until `leave`. */
export interface Turn {
  /** Waits for something that costs this process nothing; others of the tenant have their turn meanwhile. */
  aside<T>(wait: Promise<T>): Promise<T>;
  /** Called again it does nothing. */
  leave(): void;
}

/** `request`: one of the API, without what it waits for at its end; `run`: one activation. */
export type TurnKind = 'request' | 'run';

/** How many turns of one kind a tenant has at once in a process: with nobody else there, and beside others who have no more to do than it. */
type Bounds = Record<TurnKind, { alone: number; beside: number }>;

/**
 * A request needs about a millisecond of Redis and half as much of the event loop, so eight keep it busy. Alone, runs are bounded by
 * the slots of the worker. Beside others each turn of the loop must be short. These bounds lie between two that were measured on a busy
 * machine of two cores: with 2 and 4, a flood of runs left another tenant's at a median of 23 to 45 ms, with 4 and 8 at 29 to 62 ms, and
 * without bounds at 76 to 230 ms; the 95th percentile was mostly that of the machine.
 */
const BOUNDS: Bounds = Object.freeze({
  request: { alone: 8, beside: 3 },
  run: { alone: Number.POSITIVE_INFINITY, beside: 6 },
});

/** Who was here so long ago is expected again. */
const PRESENT_MS = 1000;

/**
 * The event loop was idle for so long since a turn began: what has it waits for something else, and no longer counts. Idle time, not time: in
 * a process that has all to do, every turn takes longer than this, and without bounds each would take longer still.
 */
const MAX_IDLE_MS = 25;
/** No longer counted in any case: where another tenant keeps the event loop busy, what waits for a service must not hold up its own tenant. */
const MAX_HELD_MS = 1000;

interface Place {
  since: number;
  /** How long the event loop had been idle then, in all. */
  idleBefore: number;
}

/** Where a process reads the time, monotonic, in ms. Every run asks for it twice, so it is asked for no more. */
export interface TurnClock {
  now(): number;
  /** For how long the event loop had nothing to do, since it began. */
  idle(): number;
}

const PROCESS_CLOCK: TurnClock = Object.freeze({
  now: () => performance.now(),
  idle: () => performance.nodeTiming.idleTime,
});

interface Line {
  kind: TurnKind;
  tenant: Tenant;
  /** Oldest first. */
  held: Set<Place>;
  waiting: ((place: Place) => void)[];
  timer?: NodeJS.Timeout | undefined;
}

interface Tenant {
  seenAt: number;
  lines: Record<TurnKind, Line>;
}

/** Makes the turns of one process. */
export function createTurns(bounds: Bounds = BOUNDS, clock: TurnClock = PROCESS_CLOCK): Turns {
  const { now, idle } = clock;
  const tenants = new Map<string, Tenant>();

  const tenantOf = (id: string, at: number): Tenant => {
    let tenant = tenants.get(id);
    if (tenant === undefined) {
      tenant = { seenAt: at, lines: {} as Tenant['lines'] };
      for (const kind of ['request', 'run'] as const)
        tenant.lines[kind] = { kind, tenant, held: new Set(), waiting: [] };
      tenants.set(id, tenant);
    }
    tenant.seenAt = at;
    return tenant;
  };
  /** Who has less to do than every other is not held back: on a slow machine little work takes long, too, and would wait for its own. */
  const isBesideLess = (line: Line, at: number): boolean => {
    for (const [id, other] of tenants) {
      if (other === line.tenant) continue;
      if (at - other.seenAt > PRESENT_MS) {
        if (isIdle(other.lines.request) && isIdle(other.lines.run)) tenants.delete(id);
      } else if (openIn(other.lines[line.kind]) <= openIn(line)) return true;
    }
    return false;
  };
  const hasRoom = (line: Line, at: number): boolean => {
    const { kind, held } = line;
    const bound = bounds[kind][isBesideLess(line, at) ? 'beside' : 'alone'];
    if (held.size < bound) return true;
    const idleNow = idle();
    for (const place of held) {
      if (idleNow - place.idleBefore < MAX_IDLE_MS && at - place.since < MAX_HELD_MS) break;
      held.delete(place);
    }
    return held.size < bound;
  };
  const hold = (line: Line, at: number): Place => {
    const place = { since: at, idleBefore: idle() };
    line.held.add(place);
    return place;
  };
  const letIn = (line: Line): void => {
    if (line.waiting.length === 0) return;
    const at = now();
    while (line.waiting.length > 0 && hasRoom(line, at)) line.waiting.shift()!(hold(line, at));
    if (line.waiting.length > 0) line.timer ??= setTimeout(() => lookAgain(line), MAX_IDLE_MS);
  };
  const lookAgain = (line: Line): void => {
    line.timer = undefined;
    letIn(line);
  };
  const enter = (line: Line, at: number): Place | Promise<Place> => {
    if (line.waiting.length === 0 && hasRoom(line, at)) return hold(line, at);
    return new Promise((resolve) => {
      line.waiting.push(resolve);
      letIn(line);
    });
  };
  const enterLine = (kind: TurnKind, id: string): { line: Line; place: Place | Promise<Place> } => {
    const at = now();
    const line = tenantOf(id, at).lines[kind];
    return { line, place: enter(line, at) };
  };
  const leave = (line: Line, place: Place): void => {
    line.held.delete(place);
    letIn(line);
  };

  const open = (kind: TurnKind, id: string, first: { line: Line; place: Place }): Turn => {
    let { line } = first;
    let place: Place | undefined = first.place;
    const turn: Turn = {
      leave() {
        if (place !== undefined) leave(line, place);
        place = undefined;
      },
      async aside(wait) {
        turn.leave();
        try {
          return await wait;
        } finally {
          const next = enterLine(kind, id);
          const back = next.place instanceof Promise ? await next.place : next.place;
          // Of several waits at once, the first to come back has the turn.
          if (place !== undefined) leave(next.line, back);
          else {
            line = next.line;
            place = back;
          }
        }
      },
    };
    return turn;
  };

  return {
    async take(kind, tenant, work) {
      const { line, place } = enterLine(kind, tenant);
      const turn = open(kind, tenant, { line, place: place instanceof Promise ? await place : place });
      try {
        return await work(turn);
      } finally {
        turn.leave();
      }
    },
  };
}

/** What has its turn or waits for it. */
function openIn({ held, waiting }: Line): number {
  return held.size + waiting.length;
}

function isIdle(line: Line): boolean {
  return openIn(line) === 0;
}
