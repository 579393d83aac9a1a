/** A table of the `samples` catalog that is computed: the same rows each time. */
export interface Computed {
  schema: string;
  table: string;
  select: string;
  comment: string;
}

// a number from 0 to `below` - 1 that looks random, from a row's number and a salt
const pick = (below: number, salt: number) => `((i * 7919 + ${salt} * 104729 + (i // 97) * 31) % ${below})`;
const choose = (words: string, salt: number) => {
  const list = words.split(' ');
  return `[${list.map((word) => `'${word.replaceAll('_', ' ')}'`).join(', ')}][${pick(list.length, salt)} + 1]`;
};
const money = (below: number, salt: number) => `CAST(${pick(below, salt)} / 100.0 AS DECIMAL(18,2))`;
const key = (letter: string, name: string) => `'${name}#' || lpad(CAST(i AS VARCHAR), 9, '0') AS ${letter}_name`;
const comment = (salt: number) =>
  `${choose('quickly carefully slyly furiously blithely', salt)} || ' ' || ${choose('final regular special pending ironic', salt + 1)} || ' ' || ${choose('deposits packages accounts requests foxes', salt + 2)}`;
const phone = (nation: string) =>
  `CAST(${nation} + 10 AS VARCHAR) || '-' || lpad(CAST(${pick(1000, 5)} AS VARCHAR), 3, '0') || '-' || lpad(CAST(${pick(1000, 6)} AS VARCHAR), 3, '0') || '-' || lpad(CAST(${pick(10000, 7)} AS VARCHAR), 4, '0')`;

const NATIONS =
  'ALGERIA:0 ARGENTINA:1 BRAZIL:1 CANADA:1 EGYPT:4 ETHIOPIA:0 FRANCE:3 GERMANY:3 INDIA:2 INDONESIA:2 IRAN:4 IRAQ:4 JAPAN:2 JORDAN:4 KENYA:0 MOROCCO:0 MOZAMBIQUE:0 PERU:1 CHINA:2 ROMANIA:3 SAUDI_ARABIA:4 VIETNAM:2 RUSSIA:3 UNITED_KINGDOM:3 UNITED_STATES:1';
const nations = NATIONS.split(' ').map((pair, index) => {
  const [name = '', region = '0'] = pair.split(':');
  return `(${index}, '${name.replaceAll('_', ' ')}', ${region})`;
});
const shipped = `DATE '1992-01-02' + CAST(${pick(2400, 31)} AS INTEGER)`;

/** `samples.tpch`, small, and `samples.nyctaxi.trips`, with the columns that Databricks has. */
export const COMPUTED: Computed[] = [
  {
    schema: 'nyctaxi',
    table: 'trips',
    select: `TIMESTAMP '2016-01-01 00:00:00' + to_seconds(i * 238 + ${pick(200, 1)}) AS tpep_pickup_datetime,
      TIMESTAMP '2016-01-01 00:00:00' + to_seconds(i * 238 + ${pick(200, 1)} + 120 + ${pick(2400, 2)}) AS tpep_dropoff_datetime,
      CAST(${pick(1500, 3)} + 20 AS DOUBLE) / 100 AS trip_distance, CAST(${pick(90, 4)} + 5 AS DOUBLE) / 2 AS fare_amount,
      CAST(10001 + ${pick(280, 5)} AS INTEGER) AS pickup_zip, CAST(10001 + ${pick(280, 6)} AS INTEGER) AS dropoff_zip FROM range(21932) AS r(i)`,
    comment: 'Taxi trips of New York in 2016, made up.',
  },
  {
    schema: 'tpch',
    table: 'region',
    select: `CAST(i AS BIGINT) AS r_regionkey, ['AFRICA', 'AMERICA', 'ASIA', 'EUROPE', 'MIDDLE EAST'][i + 1] AS r_name, ${comment(40)} AS r_comment FROM range(5) AS r(i)`,
    comment: 'TPC-H: regions.',
  },
  {
    schema: 'tpch',
    table: 'nation',
    select: `CAST(i AS BIGINT) AS n_nationkey, name AS n_name, CAST(region AS BIGINT) AS n_regionkey, ${comment(43)} AS n_comment FROM (VALUES ${nations.join(', ')}) AS v(i, name, region)`,
    comment: 'TPC-H: nations.',
  },
  {
    schema: 'tpch',
    table: 'supplier',
    select: `i AS s_suppkey, ${key('s', 'Supplier')}, 'Street ' || ${pick(900, 8)} AS s_address, CAST(${pick(25, 9)} AS BIGINT) AS s_nationkey, ${phone(pick(25, 9))} AS s_phone, ${money(999999, 10)} AS s_acctbal, ${comment(11)} AS s_comment FROM range(1, 101) AS r(i)`,
    comment: 'TPC-H: suppliers.',
  },
  {
    schema: 'tpch',
    table: 'customer',
    select: `i AS c_custkey, ${key('c', 'Customer')}, 'Avenue ' || ${pick(900, 12)} AS c_address, CAST(${pick(25, 13)} AS BIGINT) AS c_nationkey, ${phone(pick(25, 13))} AS c_phone, ${money(999999, 14)} AS c_acctbal, ${choose('BUILDING AUTOMOBILE MACHINERY HOUSEHOLD FURNITURE', 15)} AS c_mktsegment, ${comment(16)} AS c_comment FROM range(1, 751) AS r(i)`,
    comment: 'TPC-H: customers.',
  },
  {
    schema: 'tpch',
    table: 'part',
    select: `i AS p_partkey, ${choose('almond azure blue cream cyan', 17)} || ' ' || ${choose('dim forest ivory lime mint', 18)} AS p_name, 'Manufacturer#' || ${pick(5, 19)} + 1 AS p_mfgr, 'Brand#' || ${pick(5, 19)} + 1 || ${pick(5, 20)} + 1 AS p_brand, ${choose('STANDARD SMALL MEDIUM LARGE ECONOMY PROMO', 21)} || ' ' || ${choose('ANODIZED BURNISHED PLATED POLISHED BRUSHED', 22)} || ' ' || ${choose('TIN NICKEL BRASS STEEL COPPER', 23)} AS p_type, CAST(${pick(50, 24)} + 1 AS INTEGER) AS p_size, ${choose('SM LG MED JUMBO WRAP', 25)} || ' ' || ${choose('CASE BOX BAG JAR PKG PACK CAN DRUM', 26)} AS p_container, CAST(900 + (i % 1000) + ${pick(100, 27)} / 100.0 AS DECIMAL(18,2)) AS p_retailprice, ${comment(28)} AS p_comment FROM range(1, 2001) AS r(i)`,
    comment: 'TPC-H: parts.',
  },
  {
    schema: 'tpch',
    table: 'partsupp',
    select: `(i // 4) + 1 AS ps_partkey, (i // 4 + (i % 4) * 25) % 100 + 1 AS ps_suppkey, CAST(${pick(9999, 29)} + 1 AS INTEGER) AS ps_availqty, ${money(100000, 30)} AS ps_supplycost, ${comment(31)} AS ps_comment FROM range(8000) AS r(i)`,
    comment: 'TPC-H: parts and their suppliers.',
  },
  {
    schema: 'tpch',
    table: 'orders',
    select: `i AS o_orderkey, CAST(${pick(750, 32)} + 1 AS BIGINT) AS o_custkey, ${choose('O F P', 33)} AS o_orderstatus, CAST(1000 + ${pick(45000000, 34)} / 100.0 AS DECIMAL(18,2)) AS o_totalprice, DATE '1992-01-01' + CAST(${pick(2400, 31)} AS INTEGER) AS o_orderdate, ${choose('1-URGENT 2-HIGH 3-MEDIUM 4-NOT_SPECIFIED 5-LOW', 35)} AS o_orderpriority, 'Clerk#' || lpad(CAST(${pick(1000, 36)} + 1 AS VARCHAR), 9, '0') AS o_clerk, CAST(0 AS INTEGER) AS o_shippriority, ${comment(37)} AS o_comment FROM range(1, 7501) AS r(i)`,
    comment: 'TPC-H: orders.',
  },
  {
    schema: 'tpch',
    table: 'lineitem',
    select: `(i // 4) + 1 AS l_orderkey, CAST(${pick(2000, 50)} + 1 AS BIGINT) AS l_partkey, CAST(${pick(100, 51)} + 1 AS BIGINT) AS l_suppkey, CAST(i % 4 + 1 AS INTEGER) AS l_linenumber, CAST(${pick(50, 52)} + 1 AS DECIMAL(18,2)) AS l_quantity, CAST(900 + ${pick(9500000, 53)} / 100.0 AS DECIMAL(18,2)) AS l_extendedprice, CAST(${pick(11, 54)} / 100.0 AS DECIMAL(18,2)) AS l_discount, CAST(${pick(9, 55)} / 100.0 AS DECIMAL(18,2)) AS l_tax, ${choose('A N R', 56)} AS l_returnflag, ${choose('O F', 57)} AS l_linestatus, ${shipped} AS l_shipdate, ${shipped} + CAST(${pick(60, 58)} AS INTEGER) - 30 AS l_commitdate, ${shipped} + CAST(${pick(30, 59)} + 1 AS INTEGER) AS l_receiptdate, ${choose('DELIVER_IN_PERSON COLLECT_COD NONE TAKE_BACK_RETURN', 60)} AS l_shipinstruct, ${choose('REG_AIR AIR RAIL SHIP TRUCK MAIL FOB', 61)} AS l_shipmode, ${comment(62)} AS l_comment FROM range(30000) AS r(i)`,
    comment: 'TPC-H: lines of orders.',
  },
];
