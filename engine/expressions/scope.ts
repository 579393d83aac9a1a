/** What expressions may read. */
export interface ExpressionScope {
  trigger?: unknown;
  steps: { [id: string]: unknown };
  variables?: unknown;
  secrets?: unknown;
  run?: unknown;
  item?: unknown;
  index?: number;
  /** Columns of each result that the items of a loop come from: not for expressions, but by them the item's numbers are known. */
  itemColumns?: unknown;
}
