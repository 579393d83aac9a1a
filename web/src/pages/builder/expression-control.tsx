import { stringifyExact } from '../../data/json.ts';
import type { ExpressionField, ExpressionMode } from '../../forms/form-context.ts';
import { ExpressionInput } from './expression-input.tsx';

/** Any field of a form can be a text with expressions in place of its value. */
export const EXPRESSIONS: ExpressionMode = {
  isExpression: (value) => typeof value === 'string' && value.includes('{{'),
  start: (value) => (value === undefined || value === '' ? '{{ }}' : `{{ ${stringifyExact(value)} }}`),
  render: (field) => <ExpressionControl {...field} />,
};

function ExpressionControl({ id, value, onChange, describedBy, isInvalid, title }: ExpressionField) {
  return (
    <ExpressionInput
      id={id}
      label={title}
      text={String(value)}
      onChange={onChange}
      describedBy={describedBy}
      isInvalid={isInvalid}
      isWhole={false}
      hasItem
    />
  );
}
