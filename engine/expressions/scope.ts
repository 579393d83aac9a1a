/** What expressions may read. */
export interface ExpressionScope {
  trigger?: unknown;
  steps: { [id: string]: unknown };
  variables?: unknown;
  secrets?: unknown;
  run?: unknown;
  item?: unknown;
  index?: number;
}
