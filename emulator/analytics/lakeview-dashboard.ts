/** A dashboard (Lakeview). */
export interface LakeviewDashboard {
  dashboard_id: string;
  display_name: string;
  parent_path: string;
  path: string;
  etag: string;
  lifecycle_state: 'ACTIVE' | 'TRASHED';
  serialized_dashboard: string;
  create_time: string;
  update_time: string;
  warehouse_id?: string;
}
