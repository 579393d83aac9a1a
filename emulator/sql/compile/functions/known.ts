/** Functions of Databricks SQL that are not translated. */
export const KNOWN: ReadonlySet<string> = new Set(
  `aes_decrypt aes_encrypt bit_reverse array_insert array_sort assert_true approx_top_k avg bitmap_bit_position bitmap_bucket_number
  bitmap_construct_agg bitmap_count bitmap_or_agg bitmap_and_agg bround cloud_files_state collate collation collations cume_dist current_metastore
  current_recipient current_version csc sec date_from_unix_date event_log forall from_avro from_csv from_xml getbit h3_ hash
  histogram_numeric hll_sketch_agg hll_sketch_estimate hll_union hll_union_agg http_request input_file_block_length
  input_file_block_start input_file_name is_account_group_member is_member isdate java_method kll_sketch_agg_bigint list_secrets
  make_dt_interval make_interval make_timestamp_ltz make_timestamp_ntz make_valid_utf8 make_ym_interval map_zip_with max_by
  monotonically_increasing_id parse_timestamp percentile_cont randn randstr read_kafka read_kinesis read_pubsub read_pulsar
  read_statestore reflect regr_avgx regr_avgy regr_sxx regr_sxy regr_syy remote_query schema_of_csv schema_of_json schema_of_json_agg
  schema_of_variant schema_of_variant_agg schema_of_xml secret sentences session_window spark_partition_id
  string_agg theta_sketch_agg timestampadd to_avro to_char to_csv to_geometry to_geography to_number to_varchar to_variant_object to_xml try_aes_decrypt
  try_avg try_mod try_reflect try_secret try_sum try_to_binary try_to_number try_to_geography try_url_decode try_validate_utf8
  try_zstd_decompress typeof unbase64 uniform validate_utf8 is_valid_utf8 vector_search version window window_time xpath xpath_boolean xpath_double
  xpath_float xpath_int xpath_long xpath_number xpath_short xpath_string zstd_compress zstd_decompress ifnull quote
  current_oauth_custom_identity_claim approx_top_k_accumulate approx_top_k_combine approx_top_k_estimate count_min_sketch seq_
  user_defined_function cloud_files table_changes get_warehouse vector_cosine_similarity unix_date variant_explode_outer try_make_timestamp try_make_interval
  time_diff time_trunc make_time to_time try_to_time current_time hour regr_slope sha try_variant_get zeroifnull nullifzero charindex array_agg`
    .split(/\s+/)
    .filter((name) => name !== ''),
);
