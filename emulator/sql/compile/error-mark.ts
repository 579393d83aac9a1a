/** Marks an error's text as one that the emulator made: a user's raise_error cannot begin so. */
export const MARK = '\u0001';
