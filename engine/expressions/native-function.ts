interface Signature {
  definition: string;
  validate(args: unknown[], context: unknown): unknown[];
}

/** A function of JSONata as it keeps it. */
export interface NativeFunction {
  _jsonata_function: true;
  implementation: (...args: never[]) => unknown;
  signature?: Signature;
  arity?: number;
}
