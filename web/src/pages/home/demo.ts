/*
 * What `npm start` makes: cli/start/demo.ts and cli/start/banner.ts have the same names, and test/browser/home.test.ts holds them
 * together.
 */

export const DEMO_ACCOUNT = 'demo';
export const DEMO_WORKFLOW = 'new-flights';

/** Reads the large sample table. */
export const FIRST_QUERY = `SELECT origin, count(*) AS flights, round(avg(delay), 1) AS delay
FROM samples.flights.flights
GROUP BY origin ORDER BY flights DESC LIMIT 5`;

/** Adds rows to the table that the example sync reads. */
export const NEW_ROWS = `INSERT INTO main.default.flights
SELECT * FROM samples.flights.flights
WHERE flight_id > (SELECT max(flight_id) FROM main.default.flights)
ORDER BY flight_id LIMIT 3`;
