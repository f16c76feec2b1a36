/** What the owner of a directory has decided about people who leave it. */
export interface LeavingPolicy {
  /** What a request to delete a person does: end the resource, or keep it as an inactive one. */
  onDelete: 'delete' | 'deactivate';
  /** How many days after such a request a person who was kept is deleted; null: never. Says nothing where `onDelete` is `delete`. */
  purgeAfterDays: number | null;
  /** How consumers hear of a deactivation; with `deleted` they hear nothing of inactive people at all. */
  deactivationsPublishedAs: 'updated' | 'deleted';
}

export const USUAL_LEAVING_POLICY: LeavingPolicy = {
  onDelete: 'delete',
  purgeAfterDays: null,
  deactivationsPublishedAs: 'updated',
};

/** Stands in the event where a request has its id, when somebody is deleted because they have been kept as long as they were to be. */
export const PURGE_REQUEST_ID = 'purge';
