/** The page of the builder for a workflow, for `to` of links. */
export function editPath(id: string): '/workflows' {
  return `/workflows/${encodeURIComponent(id)}/edit` as '/workflows';
}
