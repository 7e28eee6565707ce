import { conditionFunctions } from './functions/conditions.ts';
import { dateFunctions } from './functions/dates.ts';
import type { ExpressionFunctions } from './functions/expression-function.ts';
import { tableFunctions } from './functions/tables.ts';
import { textFunctions } from './functions/texts.ts';

/** All functions that an expression may call. */
export const expressionFunctions: ExpressionFunctions = {
  ...conditionFunctions,
  ...dateFunctions,
  ...tableFunctions,
  ...textFunctions,
};
