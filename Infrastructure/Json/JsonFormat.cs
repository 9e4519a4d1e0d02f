using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Consultation.Infrastructure.Json;

/// <summary>How JSON is read and written everywhere: camelCase to the letter, instants in UTC with <c>Z</c>, enums in lower case.</summary>
internal static class JsonFormat
{
    public static readonly JsonSerializerOptions Options = Configure(new JsonSerializerOptions());

    /// <summary>The same for what clients send, who spell a number in several ways and paste texts from anywhere.</summary>
    public static readonly JsonSerializerOptions FromClients = new(Options)
    {
        Converters = { new PlainTextConverter(), new WholeNumberConverter(), new SmallWholeNumberConverter() },
    };

    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.TypeInfoResolver = new DefaultJsonTypeInfoResolver();
        options.Converters.Add(new InstantConverter());
        options.Converters.Add(new EnumConverterFactory());
        return options;
    }
}
