/** A regular expression as it is written. */
export interface RegexText {
  source: string;
  flags: string;
}

/** Says how a regular expression takes more than time proportional to its text; undefined for all others. */
export type SuperLinear = (regex: RegexText) => string | undefined;

/** Loads the analysis, which is needed only where manifests or the project are checked: it takes some megabytes and 50 ms. */
export async function loadSuperLinear(): Promise<SuperLinear> {
  const { analyse } = await import('scslre');
  return ({ source, flags }) => {
    const { reports } = analyse({ source, flags }, { reportTypes: { Move: true, Self: true, Trade: true } });
    const [report] = reports;
    if (report === undefined) return undefined;
    return `${report.exponential ? 'exponential' : 'quadratic or worse'} (${report.type}) for many ${report.character.pick}`;
  };
}
