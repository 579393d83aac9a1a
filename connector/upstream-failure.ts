/** The service's own account of a failure, whatever shape it came in. */
export interface UpstreamFailure {
  error_code: string;
  message: string;
  request_id?: string;
  sql_state?: string;
  /** `text` is neither JSON nor a web page; an object that the service wrote is `json`. */
  shape: 'json' | 'web_page' | 'text' | 'empty';
  /** Least wait that a google.rpc.RetryInfo asks for. */
  retryDelayMs?: number;
  /** google.rpc details: known types by their short name, unknown ones raw under `other`. */
  details: { [type: string]: unknown[] };
}
