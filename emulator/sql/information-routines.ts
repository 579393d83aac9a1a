import { functionsOf, routineRow, specific } from './information-rows.ts';
import { CHANGES, int, text, type View, values } from './information-values.ts';

/** Views of information_schema: functions and their parameters. */
export const ROUTINE_VIEWS: Record<string, View> = {
  routines: {
    columns: [
      ...text(
        'specific_catalog',
        'specific_schema',
        'specific_name',
        'routine_catalog',
        'routine_schema',
        'routine_name',
        'routine_owner',
        'routine_type',
        'data_type',
        'full_data_type',
        'routine_body',
        'routine_definition',
        'external_name',
        'external_language',
        'parameter_style',
        'is_deterministic',
        'sql_data_access',
        'is_null_call',
        'security_type',
        'as_locator',
        'comment',
      ),
      ...CHANGES,
    ],
    from: (parts, columns) => values(columns, functionsOf(parts).map(routineRow)),
  },
  parameters: {
    columns: [
      ...text('specific_catalog', 'specific_schema', 'specific_name'),
      int('ordinal_position'),
      ...text(
        'parameter_mode',
        'is_result',
        'as_locator',
        'parameter_name',
        'data_type',
        'full_data_type',
        'comment',
        'parameter_default',
      ),
    ],
    from: (parts, columns) =>
      values(
        columns,
        functionsOf(parts).flatMap((meta) =>
          meta.input_params.parameters.map((param, index) => ({
            ...specific(meta),
            ordinal_position: index,
            parameter_mode: 'IN',
            is_result: 'NO',
            parameter_name: param.name,
            data_type: param.type_text.replace(/[(<].*/, ''),
            full_data_type: param.type_text.toLowerCase(),
            comment: param.comment,
            parameter_default: param.parameter_default,
          })),
        ),
      ),
  },
};
