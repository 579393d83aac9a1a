/** Node types that clusters may use (AWS). */
export const NODE_TYPES = [
  nodeType('m5d.large', 8192, 2, 'General Purpose', 0),
  nodeType('m5d.xlarge', 16_384, 4, 'General Purpose', 0),
  nodeType('m5d.2xlarge', 32_768, 8, 'General Purpose', 0),
  nodeType('r5d.xlarge', 32_768, 4, 'Memory Optimized', 0),
  nodeType('c5d.xlarge', 8192, 4, 'Compute Optimized', 0),
  nodeType('i3.xlarge', 31_232, 4, 'Storage Optimized', 0),
  nodeType('g4dn.xlarge', 16_384, 4, 'GPU Accelerated', 1),
];

/** Spark versions that clusters may use. */
export const SPARK_VERSIONS = [
  { key: '17.3.x-scala2.13', name: '17.3 LTS (includes Apache Spark 4.0.0, Scala 2.13)' },
  { key: '16.4.x-scala2.12', name: '16.4 LTS (includes Apache Spark 3.5.2, Scala 2.12)' },
  { key: '15.4.x-scala2.12', name: '15.4 LTS (includes Apache Spark 3.5.0, Scala 2.12)' },
  { key: '15.4.x-gpu-ml-scala2.12', name: '15.4 LTS ML (includes Apache Spark 3.5.0, GPU, Scala 2.12)' },
  { key: '14.3.x-scala2.12', name: '14.3 LTS (includes Apache Spark 3.5.0, Scala 2.12)' },
];

function nodeType(id: string, memory_mb: number, num_cores: number, category: string, num_gpus: number) {
  return {
    node_type_id: id,
    memory_mb,
    num_cores,
    description: id,
    instance_type_id: id,
    category,
    is_deprecated: false,
    is_hidden: false,
    num_gpus,
    support_cluster_tags: true,
    support_ebs_volumes: true,
    support_port_forwarding: true,
    photon_driver_capable: num_gpus === 0,
    photon_worker_capable: num_gpus === 0,
  };
}
