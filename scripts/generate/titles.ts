/** Words that a title writes in their own way. */
const WORDS: { [word: string]: string } = {
  id: 'ID',
  ids: 'IDs',
  url: 'URL',
  arn: 'ARN',
  sql: 'SQL',
  dbsql: 'DBSQL',
  aws: 'AWS',
  gcp: 'GCP',
  gcs: 'GCS',
  s3: 'S3',
  ebs: 'EBS',
  ssd: 'SSD',
  ssh: 'SSH',
  kms: 'KMS',
  iops: 'IOPS',
  acl: 'ACL',
  gpu: 'GPU',
  gpus: 'GPUs',
  yaml: 'YAML',
  mlflow: 'MLflow',
  dbt: 'dbt',
  bi: 'BI',
  ai: 'AI',
  api: 'API',
  mcp: 'MCP',
  uc: 'Unity Catalog',
  cpu: 'CPU',
  dbfs: 'DBFS',
  abfss: 'ABFSS',
  azure: 'Azure',
  databricks: 'Databricks',
  spark: 'Spark',
  python: 'Python',
  pypi: 'PyPI',
  cran: 'CRAN',
  maven: 'Maven',
  jar: 'JAR',
  whl: 'Wheel',
  git: 'Git',
  genie: 'Genie',
  delta: 'Delta',
  photon: 'Photon',
  docker: 'Docker',
  cmk: 'CMK',
  num: 'Number of',
  max: 'Most',
  min: 'Least',
  params: 'parameters',
  conf: 'configuration',
  spec: 'specification',
  config: 'configuration',
  env: 'environment',
  vars: 'variables',
  mins: 'minutes',
  millis: 'milliseconds',
  ms: 'milliseconds',
};

/** A title in sentence case from a REST name: `first_on_demand` -> `First on demand`. The last resort where nobody wrote one. */
export function titleOf(name: string): string {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .split(/[_.$]/)
    .filter((word) => word !== '')
    .map((word) => WORDS[word.toLowerCase()] ?? word.toLowerCase());
  const text = words.join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}
