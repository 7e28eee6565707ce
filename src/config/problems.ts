/** One thing that is wrong in a configuration. */
export interface ConfigProblem {
  /** Where, as keys joined by dots: `groups.0.template`. */
  readonly place: string;
  readonly message: string;
}
