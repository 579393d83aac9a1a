import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quoteText } from './database.ts';
import { COMPUTED } from './samples-tpch.ts';
import type { Unity } from './unity/registry.ts';
import type { Workspace } from './workspace.ts';

/** A table of the `samples` catalog, read from a file of the vega-datasets package. */
interface Sample {
  schema: string;
  table: string;
  file: string;
  /** Select list and what follows FROM; `$file` is the file. */
  select: string;
  comment: string;
}

/** Raised when the tables below change, so that a data folder is filled again. */
const VERSION = 2;
const SMALL_FLIGHTS = 20_000;

/** Where vega-datasets keeps its files. */
export const SAMPLE_FOLDER = join(dirname(fileURLToPath(import.meta.resolve('vega-datasets'))), '..', 'data');

// the file is in the order of its dates, so a row's number is stable and rises with the date
const FLIGHTS: Sample = {
  schema: 'flights',
  table: 'flights',
  file: 'flights-3m.parquet',
  select:
    'file_row_number + 1 AS flight_id, date, delay, distance, origin, destination FROM read_parquet($file, file_row_number = true)',
  comment: 'US flights of the first half of 2001: departure, delay in minutes, distance in miles.',
};

const SAMPLES: Sample[] = [
  {
    schema: 'flights',
    table: 'airports',
    file: 'airports.csv',
    select: '* FROM read_csv($file)',
    comment: 'US airports with their position.',
  },
  {
    schema: 'flights',
    table: 'routes',
    file: 'flights-airport.csv',
    select: 'origin, destination, CAST(count AS INTEGER) AS flights FROM read_csv($file)',
    comment: 'Flights per pair of US airports in 2008.',
  },
  {
    schema: 'geo',
    table: 'earthquakes',
    file: 'earthquakes.json',
    select: `feature.id AS id, make_timestamp(feature.properties.time * 1000) AS time, make_timestamp(feature.properties.updated * 1000) AS updated_at,
      CAST(feature.properties.mag AS DOUBLE) AS magnitude, feature.properties.place AS place, feature.properties.type AS type,
      feature.properties.status AS status, feature.properties.tsunami = 1 AS tsunami, CAST(feature.properties.felt AS INTEGER) AS felt,
      CAST(feature.properties.sig AS INTEGER) AS significance, feature.geometry.coordinates[1] AS longitude,
      feature.geometry.coordinates[2] AS latitude, feature.geometry.coordinates[3] AS depth_km,
      string_split(trim(CAST(feature.properties.types AS VARCHAR), ','), ',') AS products
      FROM (SELECT unnest(features) AS feature FROM read_json_auto($file, maximum_object_size = 33554432)) ORDER BY time`,
    comment: 'Earthquakes of one week of February 2018, from the US Geological Survey.',
  },
  {
    schema: 'geo',
    table: 'zipcodes',
    file: 'zipcodes.csv',
    select: "* FROM read_csv($file, types = {'zip_code': 'VARCHAR'})",
    comment: 'US ZIP codes with their position.',
  },
  {
    schema: 'geo',
    table: 'state_capitals',
    file: 'us-state-capitals.json',
    select: 'state, city, lat AS latitude, lon AS longitude FROM read_json_auto($file)',
    comment: 'Capitals of the US states.',
  },
  {
    schema: 'weather',
    table: 'daily',
    file: 'weather.csv',
    select: '* FROM read_csv($file)',
    comment: 'Daily weather of Seattle and New York, 2012 to 2015.',
  },
  {
    schema: 'weather',
    table: 'co2',
    file: 'co2-concentration.csv',
    select: 'Date AS date, CO2 AS co2_ppm, "adjusted CO2" AS adjusted_co2_ppm FROM read_csv($file)',
    comment: 'Carbon dioxide at Mauna Loa, by month since 1958.',
  },
  {
    schema: 'finance',
    table: 'stocks',
    file: 'stocks.csv',
    select: `symbol, CAST(strptime(date, '%b %-d %Y') AS DATE) AS date, CAST(price AS DECIMAL(10,2)) AS price FROM read_csv($file, types = {'date': 'VARCHAR'})`,
    comment: 'Monthly prices of five US stocks, 2000 to 2010.',
  },
  {
    schema: 'finance',
    table: 'sp500',
    file: 'sp500-2000.csv',
    select:
      'date, CAST(open AS DECIMAL(12,4)) AS open, CAST(high AS DECIMAL(12,4)) AS high, CAST(low AS DECIMAL(12,4)) AS low, CAST(close AS DECIMAL(12,4)) AS close, volume FROM read_csv($file)',
    comment: 'The S&P 500 index by day since 2000.',
  },
  {
    schema: 'things',
    table: 'cars',
    file: 'cars.json',
    select: `Name AS name, CAST(Miles_per_Gallon AS DOUBLE) AS miles_per_gallon, CAST(Cylinders AS INTEGER) AS cylinders, Displacement AS displacement,
      CAST(Horsepower AS INTEGER) AS horsepower, CAST(Weight_in_lbs AS INTEGER) AS weight_lbs, Acceleration AS acceleration,
      CAST(Year AS DATE) AS year, Origin AS origin FROM read_json_auto($file)`,
    comment: 'Cars of 1970 to 1982.',
  },
  {
    schema: 'things',
    table: 'movies',
    file: 'movies.json',
    select: `row_number() OVER () AS movie_id, trim(CAST("Title" AS VARCHAR), '"') AS title, "US Gross" AS us_gross, "Worldwide Gross" AS worldwide_gross,
      "Production Budget" AS production_budget, CAST(try_strptime("Release Date", '%b %-d %Y') AS DATE) AS released, "MPAA Rating" AS mpaa_rating,
      CAST("Running Time min" AS INTEGER) AS minutes, "Distributor" AS distributor, "Major Genre" AS genre, "Director" AS director,
      CAST("Rotten Tomatoes Rating" AS INTEGER) AS rotten_tomatoes, CAST("IMDB Rating" AS DECIMAL(3,1)) AS imdb_rating, "IMDB Votes" AS imdb_votes
      FROM read_json_auto($file)`,
    comment: 'Films with takings and ratings.',
  },
  {
    schema: 'things',
    table: 'penguins',
    file: 'penguins.json',
    select: `Species AS species, Island AS island, "Beak Length (mm)" AS beak_length_mm, "Beak Depth (mm)" AS beak_depth_mm,
      CAST("Flipper Length (mm)" AS INTEGER) AS flipper_length_mm, CAST("Body Mass (g)" AS INTEGER) AS body_mass_g, lower(Sex) AS sex FROM read_json_auto($file)`,
    comment: 'Penguins of the Palmer archipelago.',
  },
];

/**
 * Fills the `samples` catalog; does nothing when the data folder has the same samples already.
 * `small` loads 20,000 flights, and `rows` bounds them further.
 */
export async function loadSamples(
  workspace: Workspace,
  unity: Unity,
  options: { size: 'none' | 'small' | 'all'; rows?: number | undefined },
): Promise<void> {
  if (options.size === 'none') return;
  const limit = Math.min(
    options.rows ?? Number.MAX_SAFE_INTEGER,
    options.size === 'small' ? SMALL_FLIGHTS : Number.MAX_SAFE_INTEGER,
  );
  const settings = workspace.store.collection<string>('settings');
  const wanted = `${VERSION} ${limit}`;
  if (settings.get('samples') === wanted && unity.catalogs.has('samples')) return;
  if (unity.catalogs.has('samples')) await unity.dropCatalog('samples');
  const by = 'System user';
  await unity.createCatalog('samples', by, { comment: 'Sample data, read only.', catalog_type: 'SYSTEM_CATALOG' });
  const flights = {
    ...FLIGHTS,
    select: limit === Number.MAX_SAFE_INTEGER ? FLIGHTS.select : `${FLIGHTS.select} LIMIT ${limit}`,
  };
  const make = async (
    { schema, table, comment }: { schema: string; table: string; comment: string },
    select: string,
  ) => {
    const full = { catalog: 'samples', schema, name: table };
    await workspace.database.use((connection) =>
      connection.run(`CREATE TABLE ${unity.duckTable(full)} AS SELECT ${select}`),
    );
    unity.noteTable(full, by, { comment });
    return unity.duckTable(full);
  };
  const ofFile = ({ file, select }: { file: string; select: string }) =>
    select.replace('$file', quoteText(join(SAMPLE_FOLDER, file)));
  for (const schema of new Set([flights, ...SAMPLES, ...COMPUTED].map((sample) => sample.schema)))
    await unity.createSchema('samples', schema, by);
  const others = async () => {
    for (const sample of SAMPLES) await make(sample, ofFile(sample));
    for (const computed of COMPUTED) await make(computed, computed.select);
  };
  // The flights take one thread for two thirds of the time.
  const [table] = await Promise.all([make(flights, ofFile(flights)), others()]);
  workspace.log(`Loaded samples.flights.flights (${await countRows(workspace, table)} rows).`);
  workspace.log(`Loaded ${SAMPLES.length + COMPUTED.length} more tables into the catalog samples.`);
  settings.put('samples', wanted);
}

async function countRows(workspace: Workspace, table: string): Promise<string> {
  const [row] = await workspace.database.rows<{ n: string }>(`SELECT count(*) AS n FROM ${table}`);
  return Number(row?.n ?? 0).toLocaleString('en');
}
