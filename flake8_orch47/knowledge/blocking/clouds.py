"""Clouds, beside AWS: tokens are ORC301, as those of other identity providers; their services are ORC306."""

from __future__ import annotations

from flake8_orch47.knowledge.blocking.library import Blocks, Library, each

__all__ = ["LIBRARIES"]

ASKED_FOR = "a request for a token"

_CREDENTIALS = " ".join(
    f"azure.identity.{name}Credential"
    for name in (
        "AuthorizationCode AzurePipelines Certificate ChainedToken ClientAssertion ClientSecret DefaultAzure "
        "DeviceCode Environment InteractiveBrowser ManagedIdentity OnBehalfOf SharedTokenCache UsernamePassword "
        "VisualStudioCode WorkloadIdentity"
    ).split()
)
_COMMANDS = (
    "azure.identity.AzureCliCredential azure.identity.AzureDeveloperCliCredential "
    "azure.identity.AzurePowerShellCredential"
)

AZURE_IDENTITY = Library(
    source="azure-identity: azure/identity/_credentials",
    calls=(
        Blocks("ORC301", _CREDENTIALS, "get_token get_token_info", ASKED_FOR),
        Blocks("ORC304", _COMMANDS, "get_token get_token_info"),
        Blocks(
            "ORC301",
            "azure.identity.DeviceCodeCredential azure.identity.InteractiveBrowserCredential "
            "azure.identity.UsernamePasswordCredential",
            "authenticate",
            ASKED_FOR,
        ),
    ),
)

SECRETS = "azure.keyvault.secrets.SecretClient"
KEYS = "azure.keyvault.keys.KeyClient"
CRYPTOGRAPHY = "azure.keyvault.keys.crypto.CryptographyClient"
VAULT = "a request to Azure"
PAGES = "azure.core.paging.ItemPaged"
POLLER = "azure.core.polling.LROPoller"

# Lists are fetched page by page while they are iterated.
AZURE_KEYVAULT = Library(
    source="azure-keyvault-secrets, azure-keyvault-keys: _client.py; azure-core: azure/core/paging.py",
    calls=(
        Blocks(
            "ORC306",
            SECRETS,
            "backup_secret begin_delete_secret begin_recover_deleted_secret get_deleted_secret get_secret "
            "purge_deleted_secret restore_secret_backup set_secret update_secret_properties",
            VAULT,
        ),
        Blocks(
            "ORC306",
            KEYS,
            "backup_key begin_delete_key begin_recover_deleted_key create_ec_key create_key create_oct_key "
            "create_rsa_key get_deleted_key get_key get_key_rotation_policy get_random_bytes import_key "
            "purge_deleted_key release_key restore_key_backup rotate_key update_key_properties "
            "update_key_rotation_policy",
            VAULT,
        ),
        Blocks("ORC306", CRYPTOGRAPHY, "decrypt encrypt sign unwrap_key verify wrap_key", VAULT),
        Blocks("ORC306", POLLER, "result wait", VAULT),
    ),
    iterating=(Blocks("ORC306", PAGES, what=VAULT),),
    returns={
        **each(
            SECRETS,
            "list_deleted_secrets list_properties_of_secret_versions list_properties_of_secrets",
            PAGES,
        ),
        **each(KEYS, "list_deleted_keys list_properties_of_key_versions list_properties_of_keys", PAGES),
        **each(SECRETS, "begin_delete_secret begin_recover_deleted_secret", POLLER),
        **each(KEYS, "begin_delete_key begin_recover_deleted_key", POLLER),
        f"{KEYS}.get_cryptography_client": CRYPTOGRAPHY,
    },
)

GOOGLE_CREDENTIALS = (
    "google.auth.compute_engine.Credentials google.auth.compute_engine.IDTokenCredentials "
    "google.oauth2.credentials.Credentials google.oauth2.service_account.Credentials "
    "google.oauth2.service_account.IDTokenCredentials"
)

GOOGLE_AUTH = Library(
    source="google-auth: google/auth/_default.py, google/auth/transport/requests.py, google/oauth2/id_token.py",
    calls=(
        # Environment variables and files first, then the metadata server.
        Blocks("ORC301", "google.auth.default", what="a search for credentials"),
        Blocks("ORC301", GOOGLE_CREDENTIALS, "refresh", ASKED_FOR),
        Blocks(
            "ORC301",
            "google.oauth2.id_token",
            "fetch_id_token verify_firebase_token verify_oauth2_token verify_token",
            "a request for signing keys",
        ),
        Blocks("ORC301", "google.auth.transport.requests.Request google.auth.transport.urllib3.Request", "__call__"),
        Blocks("ORC301", "google.auth.transport.urllib3.AuthorizedHttp", "request urlopen"),
        Blocks("ORC305", "google.auth.load_credentials_from_file"),
        Blocks(
            "ORC305",
            "google.oauth2.service_account.Credentials google.oauth2.service_account.IDTokenCredentials",
            "from_service_account_file",
        ),
    ),
    bases={"google.auth.transport.requests.AuthorizedSession": "requests.Session"},
    returns={
        f"google.oauth2.service_account.{name}.{maker}": f"google.oauth2.service_account.{name}"
        for name in ("Credentials", "IDTokenCredentials")
        for maker in ("from_service_account_file", "from_service_account_info")
    },
)

STORAGE = "google.cloud.storage.Client"
BUCKET = "google.cloud.storage.Bucket"
BLOB = "google.cloud.storage.Blob"
GOOGLE_PAGES = "google.api_core.page_iterator.Iterator"
MANAGER = "google.cloud.secretmanager.SecretManagerServiceClient"
_PAGERS = "google.cloud.secretmanager_v1.services.secret_manager_service.pagers"
GOOGLE = "a request to Google Cloud"

# `client.bucket(...)` and `bucket.blob(...)` only name something; lists are fetched while they are iterated.
GOOGLE_CLOUD = Library(
    source="google-cloud-storage: google/cloud/storage; google-cloud-secret-manager: .../secret_manager_service",
    calls=(
        Blocks(
            "ORC306",
            STORAGE,
            "create_bucket create_hmac_key download_blob_to_file get_bucket get_hmac_key_metadata "
            "get_service_account_email lookup_bucket restore_bucket",
            GOOGLE,
        ),
        Blocks(
            "ORC306",
            BUCKET,
            "copy_blob create delete delete_blob delete_blobs exists get_blob get_iam_policy get_notification "
            "lock_retention_policy make_private make_public move_blob patch reload rename_blob restore_blob "
            "set_iam_policy test_iam_permissions update",
            GOOGLE,
        ),
        Blocks(
            "ORC306",
            BLOB,
            "compose create_resumable_upload_session delete download_as_bytes download_as_string download_as_text "
            "download_to_file download_to_filename exists get_iam_policy make_private make_public patch reload rewrite "
            "set_iam_policy test_iam_permissions update update_storage_class upload_from_file upload_from_filename "
            "upload_from_string",
            GOOGLE,
        ),
        Blocks(
            "ORC306",
            MANAGER,
            "access_secret_version add_secret_version create_secret delete_secret destroy_secret_version "
            "disable_secret_version enable_secret_version get_iam_policy get_secret get_secret_version "
            "list_secret_versions list_secrets set_iam_policy test_iam_permissions update_secret",
            GOOGLE,
        ),
    ),
    iterating=(
        Blocks("ORC306", f"{GOOGLE_PAGES} {_PAGERS}.ListSecretVersionsPager {_PAGERS}.ListSecretsPager", what=GOOGLE),
    ),
    aliases={
        "google.cloud.secretmanager_v1.SecretManagerServiceClient": MANAGER,
        "google.cloud.storage.blob.Blob": BLOB,
        "google.cloud.storage.bucket.Bucket": BUCKET,
        "google.cloud.storage.client.Client": STORAGE,
    },
    returns={
        **each(STORAGE, "bucket create_bucket get_bucket lookup_bucket", BUCKET),
        **each(f"{STORAGE} {BUCKET}", "list_blobs", GOOGLE_PAGES),
        f"{STORAGE}.list_buckets": GOOGLE_PAGES,
        **each(BUCKET, "blob copy_blob get_blob rename_blob", BLOB),
        f"{MANAGER}.list_secret_versions": f"{_PAGERS}.ListSecretVersionsPager",
        f"{MANAGER}.list_secrets": f"{_PAGERS}.ListSecretsPager",
    },
)

LIBRARIES = (AZURE_IDENTITY, AZURE_KEYVAULT, GOOGLE_AUTH, GOOGLE_CLOUD)
