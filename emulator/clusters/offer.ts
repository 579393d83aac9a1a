/** Node types that clusters may use (AWS). Every field that the SDKs' `select_node_type` reads is there. */
export const NODE_TYPES = [
  nodeType('m5d.large', { memoryGb: 8, cores: 2, category: 'General Purpose', diskGb: 75 }),
  nodeType('m5d.xlarge', { memoryGb: 16, cores: 4, category: 'General Purpose', diskGb: 150 }),
  nodeType('m5d.2xlarge', { memoryGb: 32, cores: 8, category: 'General Purpose', diskGb: 300 }),
  nodeType('m6g.xlarge', { memoryGb: 16, cores: 4, category: 'General Purpose', isGraviton: true }),
  nodeType('m6gd.xlarge', { memoryGb: 16, cores: 4, category: 'General Purpose', diskGb: 237, isGraviton: true }),
  nodeType('m-fleet.xlarge', { memoryGb: 16, cores: 4, category: 'General Purpose Fleet' }),
  nodeType('r5d.xlarge', { memoryGb: 32, cores: 4, category: 'Memory Optimized', diskGb: 150 }),
  nodeType('r5d.4xlarge', { memoryGb: 128, cores: 16, category: 'Memory Optimized', diskGb: 600 }),
  nodeType('c5d.xlarge', { memoryGb: 8, cores: 4, category: 'Compute Optimized', diskGb: 100 }),
  nodeType('i3.xlarge', { memoryGb: 30.5, cores: 4, category: 'Storage Optimized', diskGb: 950 }),
  nodeType('i3.2xlarge', { memoryGb: 61, cores: 8, category: 'Storage Optimized', diskGb: 1900 }),
  nodeType('g4dn.xlarge', { memoryGb: 16, cores: 4, category: 'GPU Accelerated', diskGb: 125, gpus: 1 }),
];

/** Spark versions that clusters may use, in the forms that the SDKs' `select_spark_version` tells apart. */
export const SPARK_VERSIONS = [
  ...runtime('18.0', 'Beta', '4.0.0', ['2.13']),
  ...runtime('17.3', 'LTS', '4.0.0', ['2.13']),
  ...runtime('16.4', 'LTS', '3.5.2', ['2.12', '2.13']),
  ...runtime('15.4', 'LTS', '3.5.0', ['2.12']),
  ...runtime('14.3', 'LTS', '3.5.0', ['2.12']),
  ...runtime('13.3', 'LTS', '3.4.1', ['2.12']),
];

interface Facts {
  memoryGb: number;
  cores: number;
  category: string;
  diskGb?: number;
  gpus?: number;
  isGraviton?: boolean;
}

function nodeType(id: string, { memoryGb, cores, category, diskGb = 0, gpus = 0, isGraviton = false }: Facts) {
  return {
    node_type_id: id,
    memory_mb: memoryGb * 1024,
    num_cores: cores,
    description: id,
    instance_type_id: id,
    category,
    is_deprecated: false,
    is_hidden: false,
    is_graviton: isGraviton,
    is_io_cache_enabled: diskGb > 0,
    is_encrypted_in_transit: true,
    num_gpus: gpus,
    support_cluster_tags: true,
    support_ebs_volumes: true,
    support_port_forwarding: true,
    photon_driver_capable: gpus === 0,
    photon_worker_capable: gpus === 0,
    display_order: 0,
    node_info: { status: [] },
    // disks of instances are NVMe: the local_disk fields are about older ones
    node_instance_type: {
      instance_type_id: id,
      local_disks: 0,
      local_disk_size_gb: 0,
      local_nvme_disks: diskGb > 0 ? 1 : 0,
      local_nvme_disk_size_gb: diskGb,
    },
  };
}

function runtime(version: string, stage: 'LTS' | 'Beta', spark: string, scalas: string[]) {
  return scalas.flatMap((scala) => {
    const entry = (kind: string, title: string) => ({
      key: `${version}.x-${kind}scala${scala}`,
      name: `${version} ${stage}${title} (includes Apache Spark ${spark}, ${kind.includes('gpu') ? 'GPU, ' : ''}Scala ${scala})`,
    });
    return [
      entry('', ''),
      entry('photon-', ' Photon'),
      entry('aarch64-', ' aarch64'),
      entry('cpu-ml-', ' ML'),
      entry('gpu-ml-', ' ML'),
    ];
  });
}
