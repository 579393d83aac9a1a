/**
 * The longest time limit, delay or interval that a caller may ask for, in seconds: 366 days. It is added to the time of
 * day, and a sum beyond what a Date can hold could be stored but never shown.
 */
export const MAX_TIMEOUT_SECONDS = 31_622_400;
