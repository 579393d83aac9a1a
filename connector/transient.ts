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
