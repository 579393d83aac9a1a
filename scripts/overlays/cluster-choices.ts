import type { Overlay } from '../generate/overlay.ts';

/** Lists from which the fields of a cluster are chosen. */
export const CLUSTER_CHOICES: Overlay[] = [
  {
    name: 'list_node_types',
    op: 'clusters.listNodeTypes',
    title: 'List Node Types',
    description: 'Lists the machine types that clusters can use.',
    docs: 'clusters/listnodetypes',
    effect: 'safe',
    main: [],
    examples: [
      {
        title: 'All',
        input: {},
        output: {
          node_types: [
            {
              node_type_id: 'i3.xlarge',
              description: 'i3.xlarge',
              memory_mb: 31232,
              num_cores: 4,
              category: 'Storage Optimized',
              instance_type_id: 'i3.xlarge',
            },
          ],
        },
      },
    ],
  },
  {
    name: 'list_spark_versions',
    op: 'clusters.listSparkVersions',
    title: 'List Spark Versions',
    description: 'Lists the Databricks runtimes that clusters can use.',
    docs: 'clusters/sparkversions',
    effect: 'safe',
    main: [],
    examples: [
      {
        title: 'All',
        input: {},
        output: {
          versions: [{ key: '15.4.x-scala2.12', name: '15.4 LTS (includes Apache Spark 3.5.0, Scala 2.12)' }],
        },
      },
    ],
  },
];
