/**
 * Texts with which Databricks says that the same request may succeed later, whatever the status. The list, and the way it
 * is compared, are those of databricks-sdk-py and sdk-go: capitals matter, and the phrase is there as it is.
 */
const PHRASES = [
  'com.databricks.backend.manager.util.UnknownWorkerEnvironmentException',
  'does not have any associated worker environments',
  'There is no worker environment with id',
  'Unknown worker environment',
  'ClusterNotReadyException',
  'Unexpected error',
  'Please try again later or try a faster operation.',
  'Timed out after ',
  'deadline exceeded',
];
const WORKER_ENVIRONMENT = /worker env .* not found/;

/** Refused before anything was done, although the status says otherwise (SCIM answers 500). behaviors of sdk-py and sdk-go. */
const THROTTLED = /REQUEST_LIMIT_EXCEEDED|RESOURCE_EXHAUSTED|RPC token bucket limit has been exceeded/;

/** Whether a message says that the request was throttled. */
export function isThrottledText(message: string): boolean {
  return THROTTLED.test(message);
}

/** Whether a message asks for another try; a letter before or after makes it another phrase. */
export function isTransientText(message: string): boolean {
  return WORKER_ENVIRONMENT.test(message) || PHRASES.some((phrase) => hasPhrase(message, phrase));
}

function hasPhrase(message: string, phrase: string): boolean {
  for (let at = message.indexOf(phrase); at !== -1; at = message.indexOf(phrase, at + 1)) {
    if (!isLetter(message[at - 1]) && (phrase.endsWith(' ') || !isLetter(message[at + phrase.length]))) return true;
  }
  return false;
}

function isLetter(character: string | undefined): boolean {
  return character !== undefined && /[A-Za-z]/.test(character);
}

/** For the retry rule. */
export const RETRY_TEXTS = Object.freeze({ isTransient: isTransientText, isThrottled: isThrottledText });
