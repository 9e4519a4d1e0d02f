using System.Reflection;
using System.Reflection.Emit;

namespace Consultation.Tests.Architecture;

/// <summary>What compiled code refers to.</summary>
internal static class References
{
    private static readonly Dictionary<short, OpCode> Operations =
        typeof(OpCodes).GetFields().Select(field => (OpCode)field.GetValue(null)!).ToDictionary(operation => operation.Value);

    /// <summary>The types that a type's declaration and the code of its methods refer to, those of its nested types included.</summary>
    public static IReadOnlySet<Type> Of(Type type)
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var used = new HashSet<Type>();
        Add(type.BaseType);
        foreach (var contract in type.GetInterfaces())
            Add(contract);
        foreach (var field in type.GetFields(All))
            Add(field.FieldType);
        foreach (var method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
        {
            Add((method as MethodInfo)?.ReturnType);
            foreach (var parameter in method.GetParameters())
                Add(parameter.ParameterType);
            if (method.GetMethodBody() is not { } body)
                continue;
            foreach (var local in body.LocalVariables)
                Add(local.LocalType);
            foreach (var member in NamedBy(method, body.GetILAsByteArray()!))
            {
                Add(member as Type ?? member.DeclaringType);
                foreach (var argument in member is MethodInfo { IsGenericMethod: true } called ? called.GetGenericArguments() : [])
                    Add(argument);
            }
        }
        foreach (var nested in type.GetNestedTypes(All))
            used.UnionWith(Of(nested));
        return used;

        void Add(Type? referred)
        {
            if (referred is null || !used.Add(referred))
                return;
            Add(referred.GetElementType());
            foreach (var argument in referred.GetGenericArguments())
                Add(argument);
        }
    }

    /// <summary>The members that the code of a method names, by walking its instructions (ECMA-335, partition III).</summary>
    private static IEnumerable<MemberInfo> NamedBy(MethodBase method, byte[] code)
    {
        const byte TwoBytes = 0xFE;
        var typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < code.Length;)
        {
            var operation = code[at++] is not TwoBytes and var one ? Operations[one] : Operations[unchecked((short)((TwoBytes << 8) | code[at++]))];
            if (operation.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
                yield return method.Module.ResolveMember(BitConverter.ToInt32(code, at), typeArguments, methodArguments)!;
            at += operation.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }
}
