/** What is allowed, and does not do what one may think. */
export interface Warning {
  /** JSON pointer into the workflow. */
  pointer: string;
  code: string;
  message: string;
}
