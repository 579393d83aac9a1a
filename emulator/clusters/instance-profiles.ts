import { ApiError, invalid } from '../errors.ts';
import { requireObject, route } from '../objects.ts';
import type { Route } from '../router.ts';
import type { Store } from '../store.ts';

interface InstanceProfile {
  instance_profile_arn: string;
  iam_role_arn?: string;
  is_meta_instance_profile?: boolean;
}

const PATH = '/api/2.0/instance-profiles';
const ARN = /^arn:aws(?:-[\w-]+)?:iam::\d{12}:instance-profile\/[\w+=,.@/-]+$/;

/** AWS instance profiles that clusters may use. */
export function instanceProfileRoutes(store: Store): Route[] {
  const all = store.collection<InstanceProfile>('instance_profiles');
  const find = (arn: unknown) => requireObject(all, arn, `Instance profile ${arn} does not exist.`);
  return [
    route('POST', `${PATH}/add`, ({ body }) => {
      const { skip_validation: _skip, ...profile } = body as unknown as InstanceProfile & { skip_validation?: boolean };
      const arn = profile.instance_profile_arn;
      if (!ARN.test(arn))
        throw invalid(
          `Invalid instance profile ARN '${arn}': expected arn:aws:iam::<account>:instance-profile/<name>.`,
        );
      if (all.has(arn)) throw new ApiError(400, 'RESOURCE_ALREADY_EXISTS', `Instance profile ${arn} already exists.`);
      all.put(arn, { is_meta_instance_profile: false, ...profile });
      return {};
    }),
    route('POST', `${PATH}/edit`, ({ body }) => {
      const old = find(body.instance_profile_arn);
      all.put(old.instance_profile_arn, { ...old, ...body });
      return {};
    }),
    route('POST', `${PATH}/remove`, ({ body }) => {
      all.delete(find(body.instance_profile_arn).instance_profile_arn);
      return {};
    }),
    route('GET', `${PATH}/list`, () => ({ json: { instance_profiles: all.values() } })),
  ];
}
