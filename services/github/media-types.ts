/** As GitHub's own clients ask for it; the version of the API is its default. */
export const ACCEPT = 'application/vnd.github.v3+json';
export const JSON_TYPE = 'application/json; charset=utf-8';
